#include "model/linear_attention.h"

#include "model/key_padding.h"
#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {

torch::Tensor ApplyFeatureMap(FeatureMap map, const torch::Tensor& x) {
  return map == FeatureMap::kElu ? torch::elu(x) + 1 : torch::relu(x);
}

torch::Tensor KernelAttention(const torch::Tensor& q, const torch::Tensor& k,
                              const torch::Tensor& v, const torch::Tensor& pad_mask,
                              double epsilon) {
  const torch::Tensor real_k = ZeroPadding(k, pad_mask), real_v = ZeroPadding(v, pad_mask);
  const torch::Tensor values = torch::matmul(real_k.transpose(2, 3), real_v);
  const torch::Tensor total = torch::matmul(q, real_k.sum(2).unsqueeze(-1));
  return torch::matmul(q, values) / (total + epsilon);
}

Work KernelAttentionWork(const AttentionOptions& options, std::int64_t tokens,
                         std::int64_t features) {
  const std::int64_t width = options.d_model;
  return ProductWork(features, tokens, width) + ProductWork(tokens, features, width);
}

LinearAttentionImpl::LinearAttentionImpl(const AttentionOptions& options, FeatureMap map)
    : MultiHeadAttentionImpl(options), map_(map) {
  reset_parameters();
}

Work LinearAttentionImpl::CoreWork(std::int64_t tokens) const {
  const std::int64_t width = options().d_model;
  const Work features = ElementWork(2.0 * static_cast<double>(tokens * width));
  return features + KernelAttentionWork(options(), tokens, width / options().heads);
}

Held LinearAttentionImpl::CoreHeld(std::int64_t tokens) const {
  const double rows = RowNumbers(tokens);
  const double sums = 2.0 * static_cast<double>(tokens * options().heads);
  const double inputs = map_ == FeatureMap::kElu ? 2 * rows : 0;  // of the feature map
  return {inputs + 4 * rows + sums, 4 * rows};  // both features, values, the sum before division
}

torch::Tensor LinearAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                          const torch::Tensor& v, const torch::Tensor& pad_mask) {
  return KernelAttention(ApplyFeatureMap(map_, q), ApplyFeatureMap(map_, k), v, pad_mask);
}

std::vector<ParameterSpec> LinearParameters() {
  return When("attention = 'linear'",
              {ChoiceSpec("feature_map", {"elu", "relu"},
                          "what makes attention weights of queries and keys: elu(x) + 1 or relu")});
}

FeatureMap ReadFeatureMap(ParameterReader& reader) {
  return static_cast<FeatureMap>(reader.Choice("feature_map"));
}

}  // namespace sweepformer::model
