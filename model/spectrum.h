#pragma once

#include <torch/types.h>

#include <vector>

namespace sweepformer::model {

/// How fast the singular values of each matrix fall (Wang et al. 2020, arXiv:2006.04768, figure 1):
/// at index i - 1 the share that the i largest have of the sum of all, so that the last number
/// is 1.
///   matrices  [H, n, n], not zero
///   returns   H times n numbers, none below the one before
/// Time O(H·n³), in float64.
std::vector<std::vector<double>> CumulativeSpectra(const torch::Tensor& matrices);

}  // namespace sweepformer::model
