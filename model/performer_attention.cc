#include "model/performer_attention.h"

#include <ATen/ops/linalg_qr.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/blocked_attention.h"
#include "model/key_padding.h"
#include "model/linear_attention.h"
#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

/// Keeps a query none of whose features meets a key's from dividing by zero.
constexpr double kEpsilon = 1e-6;

/// [rows, D], rows <= D: orthonormal, uniformly distributed.
torch::Tensor OrthonormalRows(std::int64_t rows, std::int64_t dimensions) {
  const torch::Tensor gaussian = torch::randn({dimensions, dimensions}, torch::kFloat64);
  const auto [q, r] = at::linalg_qr(gaussian);
  // The signs of r's diagonal make the distribution uniform whatever convention QR follows.
  return (q * r.diagonal().sign()).t().narrow(0, 0, rows);
}

torch::Tensor OrthogonalDirections(std::int64_t m, std::int64_t dimensions) {
  std::vector<torch::Tensor> blocks;
  for (std::int64_t row = 0; row < m; row += dimensions) {
    blocks.push_back(OrthonormalRows(std::min(dimensions, m - row), dimensions));
  }
  const torch::Tensor lengths =
      torch::randn({m, dimensions}, torch::kFloat64).norm(2, 1, /*keepdim=*/true);
  return (torch::cat(blocks) * lengths).to(torch::kFloat32);
}

}  // namespace

torch::Tensor DrawDirections(FeatureDraw draw, std::int64_t m, std::int64_t dimensions) {
  if (draw == FeatureDraw::kIndependent) return torch::randn({m, dimensions});
  return OrthogonalDirections(m, dimensions);
}

torch::Tensor RandomFeatures::Value(const torch::Tensor& shift) const {
  const torch::Tensor value = (exponent - shift).exp();
  return factor.defined() ? value * factor : value;
}

RandomFeatures FeaturesOf(FeatureKind kind, const torch::Tensor& x,
                          const torch::Tensor& directions) {
  const torch::Tensor projected = torch::matmul(x, directions.t());
  const torch::Tensor half_square = x.pow(2).sum(-1, /*keepdim=*/true) / 2;
  const double m = static_cast<double>(directions.size(0));
  switch (kind) {
    case FeatureKind::kHyperbolic:
      return {torch::cat({projected, -projected}, -1) - half_square - std::log(2 * m) / 2, {}};
    case FeatureKind::kTrigonometric:
      return {half_square - std::log(m) / 2, torch::cat({projected.sin(), projected.cos()}, -1)};
    case FeatureKind::kPositive: break;
  }
  return {projected - half_square - std::log(m) / 2, {}};
}

torch::Tensor FavorAttention(FeatureKind kind, const torch::Tensor& q, const torch::Tensor& k,
                             const torch::Tensor& v, const torch::Tensor& directions,
                             const torch::Tensor& pad_mask) {
  // D^(-1/4) on both sides is the 1/√D of the scores.
  const double scale = std::pow(static_cast<double>(q.size(3)), -0.25);
  const RandomFeatures of_q = FeaturesOf(kind, q * scale, directions);
  RandomFeatures of_k = FeaturesOf(kind, ZeroPadding(k, pad_mask) * scale, directions);
  if (pad_mask.defined()) {  // the lowest float: never the largest, and exp makes it zero
    const torch::Tensor rows = pad_mask.view({k.size(0), 1, k.size(2), 1});
    of_k.exponent = of_k.exponent.masked_fill(rows, std::numeric_limits<float>::lowest());
  }
  const torch::Tensor q_shift = of_q.exponent.detach().amax(-1, /*keepdim=*/true);
  const torch::Tensor k_shift = of_k.exponent.detach().amax({2, 3}, /*keepdim=*/true);
  const torch::Tensor q_features = of_q.Value(q_shift), k_features = of_k.Value(k_shift);
  const torch::Tensor values = torch::matmul(k_features.transpose(2, 3), ZeroPadding(v, pad_mask));
  const torch::Tensor total = torch::matmul(q_features, k_features.sum(2).unsqueeze(-1));
  // Trigonometric features can sum up to something negative.
  const torch::Tensor safe =
      torch::where(total < 0, total.clamp_max(-kEpsilon), total.clamp_min(kEpsilon));
  return torch::matmul(q_features, values) / safe;
}

PerformerAttentionImpl::PerformerAttentionImpl(const PerformerOptions& options)
    : MultiHeadAttentionImpl(options.attention), options_(options) {
  const std::int64_t dimensions = options.attention.d_model / options.attention.heads;
  directions_ = register_buffer("directions", torch::empty({options.features, dimensions}));
  reset_parameters();
}

void PerformerAttentionImpl::Redraw() {
  directions_.copy_(DrawDirections(options_.draw, directions_.size(0), directions_.size(1)));
  batches_ = 0;
}

void PerformerAttentionImpl::reset_parameters() {
  MultiHeadAttentionImpl::reset_parameters();
  Redraw();
}

Work PerformerAttentionImpl::CoreWork(std::int64_t tokens) const {
  const std::int64_t directions = options_.features;
  const std::int64_t features =
      options_.kind == FeatureKind::kPositive ? directions : 2 * directions;
  const std::int64_t heads = options().heads, dimensions = options().d_model / heads;
  Work projected = ProductWork(tokens * heads, dimensions, directions);
  projected.frozen_flops = projected.flops;  // directions are drawn and do not learn
  const Work exponentials = ElementWork(static_cast<double>(tokens * heads * features));
  return 2.0 * (projected + exponentials) + KernelAttentionWork(options(), tokens, features);
}

Held PerformerAttentionImpl::CoreHeld(std::int64_t tokens) const {
  const double rows = RowNumbers(tokens);
  const auto directions = static_cast<double>(tokens * options().heads * options_.features);
  const double features = options_.kind == FeatureKind::kPositive ? directions : 2 * directions;
  // A sine and a cosine keep what they are of, and their product with an exponential both factors.
  const double waves =
      options_.kind == FeatureKind::kTrigonometric ? 2 * (directions + features) : 0;
  const double sums = 2.0 * static_cast<double>(tokens * options().heads);
  // Queries and keys by their scale, values, the sum before division.
  return {4 * rows + 2 * features + waves + sums, 2 * features + 2 * rows};
}

torch::Tensor PerformerAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                             const torch::Tensor& v,
                                             const torch::Tensor& pad_mask) {
  const bool due = options_.redraw_interval > 0 && batches_ >= options_.redraw_interval;
  if (is_training() && due) Redraw();
  if (is_training()) ++batches_;
  return FavorAttention(options_.kind, q, k, v, directions_, pad_mask);
}

Diagnosis PerformerAttentionImpl::Diagnose(const torch::Tensor& x) {
  const torch::Tensor placed = Placed(x);
  const torch::Tensor q = Queries(placed), k = Keys(placed), v = Values(x);
  const torch::Tensor exact = BlockedAttention(q, k, v);
  const torch::Tensor error = FavorAttention(options_.kind, q, k, v, directions_) - exact;
  Diagnosis diagnosis;
  diagnosis.numbers["attention_error"] = (error.norm() / exact.norm()).item<double>();
  return diagnosis;
}

std::vector<ParameterSpec> PerformerParameters() {
  return When(
      "attention = 'performer'",
      {IntegerSpec("features", std::int64_t{128}, 1, "",
                   "m, random directions; more of them estimate softmax attention better"),
       ChoiceSpec("feature_kind", {"positive", "hyperbolic", "trigonometric"},
                  "which random features; the last can give negative weights"),
       ChoiceSpec("feature_draw", {"orthogonal", "independent"}, "how the directions are drawn"),
       IntegerSpec("redraw_interval", std::int64_t{1000}, 0, "batches",
                   "training batches after which directions are drawn anew; 0: never")});
}

PerformerOptions ReadPerformerOptions(const AttentionOptions& attention, ParameterReader& reader) {
  return {attention, reader.Integer("features"),
          static_cast<FeatureKind>(reader.Choice("feature_kind")),
          static_cast<FeatureDraw>(reader.Choice("feature_draw")),
          reader.Integer("redraw_interval")};
}

}  // namespace sweepformer::model
