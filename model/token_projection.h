#pragma once

#include <torch/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sweepformer::model {

/// How n positions become k slots (Wang et al. 2020, arXiv:2006.04768, section 4, "general
/// projections", and theorem 1). In the order of the choices of the parameter 'projection'.
enum class Projection {
  kLearned,      ///< a k × n matrix
  kMeanPool,     ///< mean of the real tokens of a window of n / k
  kMaxPool,      ///< maximum of them
  kConvolution,  ///< a weighted sum of a window, the weights learned, one set per channel, no bias
  kRandom,       ///< a k × n matrix from N(0, 1/k) that is never trained (Johnson–Lindenstrauss)
};

/// What users call them, in their order.
inline constexpr std::array<const char*, 5> kProjectionWords = {"learned", "mean-pool", "max-pool",
                                                                "convolution", "random"};
inline const char* ProjectionWord(Projection kind) {
  return kProjectionWords[static_cast<std::size_t>(kind)];
}

inline bool IsMatrix(Projection kind) {
  return kind == Projection::kLearned || kind == Projection::kRandom;
}
inline bool HasNumbers(Projection kind) {
  return IsMatrix(kind) || kind == Projection::kConvolution;
}

/// Projected tokens.
struct Slots {
  torch::Tensor x;          ///< [B, H, k, D], or [B, k, C]
  torch::Tensor none = {};  ///< [B, k] bool, true = its window held padding alone; or undefined
  torch::Tensor sums = {};  ///< [B, k], of a matrix: what its weights add up to over real tokens
};

/// Mixes T positions into k: projection · x for each head.
///   projection  [k, n], or [H, k, n] for one per head, n >= T; its first T columns are used, which
///               equals padding x with zeros to n
///   x           [B, H, T, D]
///   pad_mask    [B, T] bool, true = padding: that row counts as zero; may be undefined
///   returns     [B, H, k, D]
torch::Tensor ProjectTokens(const torch::Tensor& projection, const torch::Tensor& x,
                            const torch::Tensor& pad_mask = {});

/// One projection of all heads side by side, or two, one below the other, of the same tokens,
/// which are kept once for the backward pass; with the sums of their weights.
///   first, second  [k, n] and [k', n], as above; second may be undefined
///   x              [B, T, C]
///   pad_mask       as above
Slots ProjectRows(const torch::Tensor& first, const torch::Tensor& second, const torch::Tensor& x,
                  const torch::Tensor& pad_mask = {});

/// Makes a slot of each window of tokens. Only real tokens count; a window without any gives zeros
/// and is marked. Windows wholly beyond T are not there, so k is T / window, rounded up.
///   window    tokens of a window; kernel [window, D] or [H, window, D] for kConvolution
Slots PoolTokens(Projection kind, std::int64_t window, const torch::Tensor& x,
                 const torch::Tensor& pad_mask = {}, const torch::Tensor& kernel = {});

/// Gives the numbers of a projection their initial values.
///   kLearned      N(0, 0.02²), as in the authors' released code (fairseq's initialisation of BERT
///                 overwrites its own). From N(0, 1/k) a slot starts as a sum of √(n/k) times a
///                 token's size that drowns the tokens themselves, and the model learns the
///                 training set by heart (Blitzer bodies, n = 64, k = 8, three epochs: 0.53 on
///                 test, against 0.70 from 0.02).
///   kConvolution  1 / window: it starts as the mean
///   kRandom       N(0, 1/k)
void ResetProjection(Projection kind, torch::Tensor& numbers);

}  // namespace sweepformer::model
