#pragma once

#include <torch/types.h>

// How designs keep padding out of keys and values. x and k are [B, H, S, D]; pad_mask is [B, S]
// bool, true = padding, or undefined.

namespace sweepformer::model {

/// x with zeros in its padded rows. Zeroed, not only left out: NaN · 0 is NaN.
torch::Tensor ZeroPadding(const torch::Tensor& x, const torch::Tensor& pad_mask);

/// What is added to scores, [B·H, 1, S]: 0 for a real key, the lowest float for padding; [1, 1, 1]
/// without a mask. Finite, so that the softmax of a row without any real key is not NaN.
torch::Tensor ScoreBias(const torch::Tensor& k, const torch::Tensor& pad_mask);

}  // namespace sweepformer::model
