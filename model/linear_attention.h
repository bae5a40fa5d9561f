#pragma once

#include <vector>

#include "model/attention.h"
#include "model/parameter_reader.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

/// What turns queries and keys into features that are not negative. In the order of the choices of
/// the parameter 'feature_map'.
enum class FeatureMap { kElu, kRelu };

/// elu(x) + 1 or relu(x), element by element.
torch::Tensor ApplyFeatureMap(FeatureMap map, const torch::Tensor& x);

/// Added to the normaliser, as in the authors' code: a query without any feature gives zero.
inline constexpr double kLinearEpsilon = 1e-6;

/// φ(q) (Σ φ(k) vᵀ) / (φ(q) · Σ φ(k) + epsilon) for each head: attention whose weights are the
/// products φ(q)·φ(k), regrouped so that no score matrix is needed (Katharopoulos et al. 2020,
/// arXiv:2006.16236, eq. 5). q and k are features already, not negative.
///   q, k      [B, H, T, M] float; v [B, H, T, D]
///   pad_mask  [B, T] bool, true = padding: left out of both sums; may be undefined
///   returns   [B, H, T, D]; zeros for a sample that is all padding
/// No scaling by 1/√D. Nothing in a padded row of k or v (NaN included) reaches the result.
/// Time O(B·H·T·M·D), memory O(B·H·(T·M + M·D)).
torch::Tensor KernelAttention(const torch::Tensor& q, const torch::Tensor& k,
                              const torch::Tensor& v, const torch::Tensor& pad_mask = {},
                              double epsilon = kLinearEpsilon);

/// Of KernelAttention for one sample and M features of each head's queries and keys: 4·T·M·C flops.
Work KernelAttentionWork(const AttentionOptions& options, std::int64_t tokens,
                         std::int64_t features);

/// Self-attention by KernelAttention. There are no attention weights to drop: the parameter dropout
/// reaches the other sublayers only.
class LinearAttentionImpl final : public MultiHeadAttentionImpl {
 public:
  LinearAttentionImpl(const AttentionOptions& options, FeatureMap map);

 protected:
  Work CoreWork(std::int64_t tokens) const override;
  Held CoreHeld(std::int64_t tokens) const override;
  torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const torch::Tensor& pad_mask) override;

 private:
  FeatureMap map_;
};

TORCH_MODULE(LinearAttention);

/// What the design reads from a run's parameters.
std::vector<ParameterSpec> LinearParameters();
FeatureMap ReadFeatureMap(ParameterReader& reader);

}  // namespace sweepformer::model
