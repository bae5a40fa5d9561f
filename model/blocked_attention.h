#pragma once

#include <torch/types.h>

#include <cstdint>

namespace sweepformer::model {

/// ScaledDotProductAttention (full_attention.h) in O(T + S) memory, forward and backward: the score
/// matrix never exists as a whole. A block of query rows at a time gets its scores, softmax and
/// result; the backward pass computes them again from q, k and v, which is all it keeps. Each block
/// has whole rows, so its softmax is final and nothing is rescaled, unlike FlashAttention (Dao et
/// al. 2022, arXiv:2205.14135), which cuts rows too, to fit a GPU's shared memory.
/// Arguments, masks and result as there, to rounding. Differentiable once. Time O(B·H·T·S), the
/// forward part twice. The bias of `by_offset` exists a block at a time too. On a CPU float32 is
/// computed in float32 at any precision (products.h): the kernel takes less than half of the time
/// that LibTorch's operators take (kernel_bench), and its operands have been rounded already.
torch::Tensor BlockedAttention(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& pad_mask = {},
                               double dropout = 0.0, const torch::Tensor& by_offset = {});

/// Scores of T query rows and S keys that exist at once.
std::int64_t BlockNumbers(std::int64_t rows, std::int64_t keys);

}  // namespace sweepformer::model
