#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace sweepformer::model {

/// How many tokens of each sample come before its padding: pad_mask is [B, S] bool, true = padding.
/// An empty list if it is undefined; nothing where padding stands in front of a real token.
std::optional<std::vector<std::int64_t>> RealLengths(const torch::Tensor& pad_mask);

/// softmax(q kᵀ / √D) v in O(T + S) memory, of what HasKernels (dropout.h) is true of; the same as
/// BlockedAttention computes with LibTorch's operators, its masks included, but heads are read
/// where they are, scores stay in the core's cache, and nothing is computed for padded keys.
///   q          [B, H, T, D], whose last dimension is dense
///   k, v       [B, H, S, D] likewise
///   keys       how many keys of each sample count; empty: all
///   by_offset  [H, 2T - 1] (relative_bias.h); may be undefined
///   returns    [B, H, T, D], a view of [B, T, H, D]
/// Keeps q, k and v for the backward pass. Differentiable once.
torch::Tensor FusedAttention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                             const std::vector<std::int64_t>& keys, double dropout,
                             std::uint64_t mask_seed, const torch::Tensor& by_offset = {});

/// Scores that exist at once in each thread.
std::int64_t FusedBlockNumbers(std::int64_t rows, std::int64_t keys);

}  // namespace sweepformer::model
