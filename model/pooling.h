#pragma once

#include <torch/types.h>

namespace sweepformer::model {

/// How the tokens of a sample become one vector.
enum class Pooling { kMean, kCls, kMax };

/// One vector per sample, over its real tokens only.
///   x         [B, T, C] float
///   pad_mask  [B, T] bool, true = padding; may be undefined
///   returns   [B, C]
/// A sample that is all padding gives zeros (mean and max); kCls takes row 0 whatever it is.
/// Nothing that stands in a padded row (NaN included) reaches the result of mean and max.
torch::Tensor Pool(Pooling pooling, const torch::Tensor& x, const torch::Tensor& pad_mask = {});

}  // namespace sweepformer::model
