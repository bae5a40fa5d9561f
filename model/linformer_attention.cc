#include "model/linformer_attention.h"

#include <fmt/format.h>
#include <torch/nn/init.h>

#include <cmath>

#include "model/full_attention.h"
#include "model/parameter_specs.h"

namespace sweepformer::model {
namespace {

constexpr double kProjectionDeviation = 0.02;

bool KeysAndValuesShare(Sharing sharing) {
  return sharing == Sharing::kKeyValue || sharing == Sharing::kLayerwise;
}

}  // namespace

torch::Tensor ProjectTokens(const torch::Tensor& projection, const torch::Tensor& x,
                            const torch::Tensor& pad_mask) {
  const std::int64_t batch = x.size(0), heads = x.size(1), tokens = x.size(2);
  const torch::Tensor used = projection.narrow(-1, 0, tokens);
  const auto zero_padding = [&](const torch::Tensor& rows, at::IntArrayRef mask_shape) {
    return pad_mask.defined() ? rows.masked_fill(pad_mask.view(mask_shape), 0) : rows;
  };
  if (projection.dim() == 3) {
    return torch::matmul(used, zero_padding(x, {batch, 1, tokens, 1}));
  }
  // One matrix for all heads: side by side they are one product per sample.
  const torch::Tensor joined = zero_padding(x.transpose(1, 2).flatten(2), {batch, tokens, 1});
  const torch::Tensor slots = torch::bmm(used.expand({batch, -1, -1}), joined);
  return slots.view({batch, -1, heads, x.size(3)}).transpose(1, 2);
}

torch::Tensor LinformerDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                           const torch::Tensor& v, const torch::Tensor& e,
                                           const torch::Tensor& f, const torch::Tensor& pad_mask,
                                           double dropout) {
  return ScaledDotProductAttention(q, ProjectTokens(e, k, pad_mask), ProjectTokens(f, v, pad_mask),
                                   /*pad_mask=*/{}, dropout);
}

LinformerAttentionImpl::LinformerAttentionImpl(const LinformerOptions& options)
    : MultiHeadAttentionImpl(options.attention), projected_length_(options.projected_length) {
  const std::int64_t n = options.attention.max_length, k = projected_length_;
  TORCH_CHECK(k >= 1 && k <= n, "projected_length (", k, ") must be between 1 and max_length (", n,
              ")");
  const std::vector<std::int64_t> shape = options.sharing == Sharing::kNone
                                              ? std::vector{options.attention.heads, k, n}
                                              : std::vector{k, n};
  e_ = register_parameter("E", torch::empty(shape));
  f_ = KeysAndValuesShare(options.sharing) ? e_ : register_parameter("F", torch::empty(shape));
  reset_parameters();
}

LinformerAttentionImpl::LinformerAttentionImpl(const LinformerOptions& options,
                                               const LinformerAttentionImpl& first)
    : MultiHeadAttentionImpl(options.attention),
      projected_length_(options.projected_length),
      e_(first.e_),
      f_(first.f_) {
  MultiHeadAttentionImpl::reset_parameters();
}

void LinformerAttentionImpl::reset_parameters() {
  MultiHeadAttentionImpl::reset_parameters();
  for (auto& projection : parameters(/*recurse=*/false)) {
    torch::nn::init::normal_(projection, 0.0, kProjectionDeviation);
  }
}

torch::Tensor LinformerAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                             const torch::Tensor& v,
                                             const torch::Tensor& pad_mask) {
  return LinformerDotProductAttention(q, k, v, e_, f_, pad_mask, active_dropout());
}

Attention MakeLinformerLayer(const LinformerOptions& options,
                             const std::vector<Attention>& before) {
  if (options.sharing != Sharing::kLayerwise || before.empty()) {
    return std::make_shared<LinformerAttentionImpl>(options);
  }
  const auto& first = dynamic_cast<const LinformerAttentionImpl&>(*before.front());
  return std::make_shared<LinformerAttentionImpl>(options, first);
}

Result<std::int64_t> ResolveProjectedLength(std::int64_t max_length,
                                            std::optional<double> compression,
                                            std::optional<std::int64_t> projected_length) {
  if (!compression && !projected_length) {
    return InvalidArgument("attention 'linformer' needs compression or projected_length");
  }
  const double n = static_cast<double>(max_length);
  const double k = projected_length ? static_cast<double>(*projected_length) : n / *compression;
  if (k < 1 || k > n || k != std::floor(k)) {
    return InvalidArgument(
        fmt::format("projected_length is {} with max_length {}: it must be a whole number from 1 "
                    "to max_length",
                    k, max_length));
  }
  if (compression && k * *compression != n) {
    return InvalidArgument(
        fmt::format("projected_length ({}) times compression ({}) is not max_length ({}): leave "
                    "one of the two out",
                    k, *compression, max_length));
  }
  return static_cast<std::int64_t>(k);
}

std::vector<ParameterSpec> LinformerParameters() {
  return When("attention = 'linformer'",
              {NumberSpec("compression", Value(), 1, std::nullopt,
                          "max_length / projected_length; give one of the two"),
               IntegerSpec("projected_length", Value(), 1, "tokens",
                           "k, the number of slots keys and values are projected to"),
               ChoiceSpec("sharing", {"headwise", "kv", "layerwise", "none"},
                          "who shares a projection: the heads, keys and values too, all layers "
                          "too, nobody")});
}

std::vector<ParameterCheck> LinformerChecks() {
  return {
      {"attention <> 'linformer' OR compression IS NOT NULL OR projected_length IS NOT "
       "NULL",
       "attention 'linformer' needs compression (n / k, e.g. 4) or projected_length (k)"},
      {"projected_length <= max_length",
       "projected_length is larger than max_length; lower it or raise max_length"},
      {"compression <= max_length",
       "compression is larger than max_length, which leaves nothing to attend to; lower it"},
      {"max_length * 1.0 / compression = CAST(max_length * 1.0 / compression AS INTEGER)",
       "max_length / compression is not a whole number; choose a compression that divides "
       "max_length"},
      {"projected_length * compression = max_length",
       "projected_length and compression disagree: their product must be max_length; give "
       "only one of them"},
  };
}

LinformerOptions ReadLinformerOptions(const AttentionOptions& attention, ParameterReader& reader) {
  const auto compression = reader.OptionalNumber("compression");
  const auto projected_length = reader.OptionalInteger("projected_length");
  const auto sharing = static_cast<Sharing>(reader.Choice("sharing"));
  if (!reader.status().ok()) return {};
  const auto k = ResolveProjectedLength(attention.max_length, compression, projected_length);
  reader.Note(k.status());
  return {attention, k.ok() ? *k : 0, sharing};
}

}  // namespace sweepformer::model
