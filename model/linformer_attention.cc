#include "model/linformer_attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/blocked_attention.h"
#include "model/products.h"
#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

bool KeysAndValuesShare(Sharing sharing) {
  return sharing == Sharing::kKeyValue || sharing == Sharing::kLayerwise;
}

/// How many matrices E is: one for each head, or one.
double HeadsOfMatrix(const LinformerOptions& options) {
  return options.sharing == Sharing::kNone ? static_cast<double>(options.attention.heads) : 1.0;
}

/// Tokens a window holds.
std::int64_t WindowOf(const LinformerOptions& options) {
  const std::int64_t n = options.attention.max_length, k = options.projected_length;
  return options.window > 0 ? options.window : (n + k - 1) / k;
}

void CheckFits(const LinformerOptions& options) {
  const std::int64_t n = options.attention.max_length, k = options.projected_length;
  TORCH_CHECK(k >= 1 && k <= n, "projected_length (", k, ") must be between 1 and max_length (", n,
              ")");
  TORCH_CHECK(options.place == ProjectionPlace::kAfter || options.sharing != Sharing::kNone ||
                  !HasNumbers(options.projection),
              "a projection per head cannot come before the heads");
}

/// [k, n], or [window, width] of a convolution; with heads in front if each has its own.
std::vector<std::int64_t> ShapeOf(const LinformerOptions& options) {
  const AttentionOptions& attention = options.attention;
  const bool split = options.place == ProjectionPlace::kAfter;
  const std::int64_t width = split ? attention.d_model / attention.heads : attention.d_model;
  std::vector<std::int64_t> shape = {options.projected_length, attention.max_length};
  if (!IsMatrix(options.projection)) shape = {WindowOf(options), width};
  if (options.sharing == Sharing::kNone) shape.insert(shape.begin(), attention.heads);
  return shape;
}

/// What the checks below say in SQL, for a worker that is started by hand.
Status CheckCombination(const LinformerOptions& options, std::int64_t k) {
  const std::int64_t n = options.attention.max_length;
  if (!IsMatrix(options.projection) && n % k != 0) {
    return InvalidArgument(fmt::format(
        "projected_length is {} with max_length {}: windows need a whole number of tokens", k, n));
  }
  if (options.sharing == Sharing::kNone && options.place == ProjectionPlace::kBefore) {
    return InvalidArgument("sharing = 'none' goes with projection_place = 'after' only");
  }
  if (options.sharing == Sharing::kLayerwise && options.compression_growth > 1) {
    return InvalidArgument("sharing = 'layerwise' goes with compression_growth = 1 only");
  }
  return {};
}

}  // namespace

LinformerOptions LinformerOptions::OfLayer(std::int64_t layer) const {
  LinformerOptions options = *this;
  const std::int64_t n = attention.max_length;
  std::int64_t tokens = WindowOf(*this);
  for (std::int64_t i = 0; i < layer; ++i) {
    options.projected_length =
        std::max<std::int64_t>(options.projected_length / compression_growth, 1);
    tokens = std::min(tokens * compression_growth, n);
  }
  if (!IsMatrix(projection)) {
    options.window = tokens;
    options.projected_length = (n + tokens - 1) / tokens;
  }
  return options;
}

torch::Tensor LinformerDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                           const torch::Tensor& v, const torch::Tensor& e,
                                           const torch::Tensor& f, const torch::Tensor& pad_mask,
                                           double dropout) {
  return BlockedAttention(q, ProjectTokens(e, k, pad_mask), ProjectTokens(f, v, pad_mask),
                          /*pad_mask=*/{}, dropout);
}

LinformerAttentionImpl::LinformerAttentionImpl(const LinformerOptions& options)
    : MultiHeadAttentionImpl(options.attention), options_(options) {
  CheckFits(options);
  if (HasNumbers(options.projection)) {
    e_ = RegisterProjection("E");
    f_ = KeysAndValuesShare(options.sharing) ? e_ : RegisterProjection("F");
  }
  reset_parameters();
}

LinformerAttentionImpl::LinformerAttentionImpl(const LinformerOptions& options,
                                               const LinformerAttentionImpl& first)
    : MultiHeadAttentionImpl(options.attention), options_(options), e_(first.e_), f_(first.f_) {
  MultiHeadAttentionImpl::reset_parameters();
}

torch::Tensor LinformerAttentionImpl::RegisterProjection(const char* name) {
  torch::Tensor numbers = torch::empty(ShapeOf(options_));
  return options_.projection == Projection::kRandom ? register_buffer(name, numbers)
                                                    : register_parameter(name, numbers);
}

void LinformerAttentionImpl::reset_parameters() {
  MultiHeadAttentionImpl::reset_parameters();
  for (auto& numbers : parameters(/*recurse=*/false)) ResetProjection(options_.projection, numbers);
  for (auto& numbers : buffers(/*recurse=*/false)) ResetProjection(options_.projection, numbers);
}

std::int64_t LinformerAttentionImpl::CompressedLength(std::int64_t tokens) const {
  if (IsMatrix(options_.projection)) return options_.projected_length;
  const std::int64_t window = WindowOf(options_);
  return (tokens + window - 1) / window;
}

bool LinformerAttentionImpl::MixesTokensFirst(std::int64_t tokens) const {
  return options_.place == ProjectionPlace::kAfter && IsMatrix(options_.projection) &&
         options_.sharing != Sharing::kNone && CompressedLength(tokens) < tokens &&
         KeysAndValuesTrainLinearly();
}

bool LinformerAttentionImpl::ProjectsAlike() const {
  const bool same_tokens = options().positions != Positions::kInfused;
  return same_tokens && (KeysAndValuesShare(options_.sharing) || !HasNumbers(options_.projection));
}

std::int64_t LinformerAttentionImpl::KeyRows(std::int64_t tokens) const {
  const bool slots = options_.place == ProjectionPlace::kBefore || MixesTokensFirst(tokens);
  return slots ? CompressedLength(tokens) : tokens;
}

Work LinformerAttentionImpl::CoreWork(std::int64_t tokens) const {
  const std::int64_t width = options().d_model, slots = CompressedLength(tokens);
  const bool shared =
      (options_.place == ProjectionPlace::kBefore || MixesTokensFirst(tokens)) && ProjectsAlike();
  Work projection = IsMatrix(options_.projection) ? ProductWork(slots, tokens, width)
                                                  : ElementWork(static_cast<double>(slots * width));
  if (e_.defined() && !e_.requires_grad()) projection.frozen_flops = projection.flops;
  return (shared ? 1.0 : 2.0) * projection +
         AttentionWork(tokens, slots, width, options().heads, /*scores_in_memory=*/false);
}

Held LinformerAttentionImpl::CoreHeld(std::int64_t tokens) const {
  const std::int64_t slots = CompressedLength(tokens);
  const double rows = RowNumbers(tokens), compressed = RowNumbers(slots);
  const bool before = KeyRows(tokens) == slots && slots < tokens;
  const bool shared = ProjectsAlike();
  const double projected = before ? 0 : 2 * rows;    // x itself, or keys and values
  const double own = before ? (shared ? 3 : 4) : 2;  // keys, values and what they are made of
  const double attention =
      rows + 2 * compressed + 3 * static_cast<double>(BlockNumbers(tokens, slots));
  // Later the gradients of E and F, of the same tokens at once; else one after the other, in two
  // parts. Queries have been given back by then.
  const double parts = before && shared ? 1 : 2;
  const bool learns = options_.projection == Projection::kLearned;
  const double matrices =
      learns ? parts * static_cast<double>(slots * tokens) * HeadsOfMatrix(options_) : 0;
  return {rows + projected + own * compressed, std::max(attention, matrices - rows)};
}

Slots LinformerAttentionImpl::Project(const torch::Tensor& projection, const torch::Tensor& x,
                                      const torch::Tensor& pad_mask) const {
  if (IsMatrix(options_.projection)) return {ProjectTokens(projection, x, pad_mask), {}};
  return PoolTokens(options_.projection, WindowOf(options_), x, pad_mask, projection);
}

torch::Tensor LinformerAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                             const torch::Tensor& v,
                                             const torch::Tensor& pad_mask) {
  const Slots keys = Project(e_, k, pad_mask), values = Project(f_, v, pad_mask);
  return BlockedAttention(q, keys.x, values.x, keys.none, active_dropout());
}

std::pair<Slots, Slots> LinformerAttentionImpl::SlotsOfBoth(const torch::Tensor& placed,
                                                            const torch::Tensor& x,
                                                            const torch::Tensor& pad_mask) const {
  const bool is_matrix = IsMatrix(options_.projection), same_tokens = placed.is_same(x),
             same = same_tokens && f_.is_same(e_);
  if (is_matrix && same_tokens && !same) {
    const Slots both = ProjectRows(e_, f_, x, pad_mask);
    const auto slots = both.x.chunk(2, 1), sums = both.sums.chunk(2, 1);
    return {{slots[0], {}, sums[0]}, {slots[1], {}, sums[1]}};
  }
  const auto slots_of = [&](const torch::Tensor& projection, const torch::Tensor& tokens) {
    if (is_matrix) return ProjectRows(projection, {}, tokens, pad_mask);
    Slots pooled = Project(projection, tokens.unsqueeze(1), pad_mask);  // as one head of width C
    pooled.x = pooled.x.squeeze(1);
    return pooled;
  };
  const Slots for_keys = slots_of(e_, placed);
  return {for_keys, same ? for_keys : slots_of(f_, x)};
}

torch::Tensor LinformerAttentionImpl::MixHeads(const torch::Tensor& x,
                                               const torch::Tensor& pad_mask) {
  const bool tokens_first = MixesTokensFirst(x.size(1));
  if (!tokens_first && options_.place == ProjectionPlace::kAfter) {
    return MultiHeadAttentionImpl::MixHeads(x, pad_mask);
  }
  const torch::Tensor placed = Placed(x), q = Queries(placed);
  const auto [for_keys, for_values] = SlotsOfBoth(placed, x, pad_mask);
  if (!tokens_first) {
    return BlockedAttention(q, Keys(for_keys.x), Values(for_values.x), for_keys.none,
                            active_dropout());
  }
  return BlockedAttention(q, KeysOfSums(for_keys.x, for_keys.sums),
                          ValuesOfSums(for_values.x, for_values.sums), /*pad_mask=*/{},
                          active_dropout());
}

Attention MakeLinformerLayer(const LinformerOptions& first_layer,
                             const std::vector<Attention>& before) {
  const LinformerOptions options = first_layer.OfLayer(static_cast<std::int64_t>(before.size()));
  if (options.sharing != Sharing::kLayerwise || before.empty()) {
    return std::make_shared<LinformerAttentionImpl>(options);
  }
  const auto& first = dynamic_cast<const LinformerAttentionImpl&>(*before.front());
  return std::make_shared<LinformerAttentionImpl>(options, first);
}

std::optional<Projection> ProjectionOf(const torch::nn::Module& model) {
  for (const auto& module : model.modules(/*include_self=*/false)) {
    const auto* const layer = dynamic_cast<const LinformerAttentionImpl*>(module.get());
    if (layer != nullptr) return layer->projection();
  }
  return std::nullopt;
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
  std::vector<ParameterSpec> all =
      When("attention = 'linformer'",
           {NumberSpec("compression", Value(), 1, std::nullopt,
                       "max_length / projected_length; give one of the two"),
            IntegerSpec("projected_length", Value(), 1, "tokens",
                        "k, the number of slots keys and values are projected to"),
            ChoiceSpec("projection", {kProjectionWords.begin(), kProjectionWords.end()},
                       "what projects: a learned matrix, windows of tokens, or a matrix from N(0, "
                       "1/k) that is never trained"),
            ChoiceSpec("projection_place", {"after", "before"},
                       "keys and values are projected after their own linear layers, or before"),
            IntegerSpec("compression_growth", std::int64_t{1}, 1, "",
                        "factor of the compression from each layer to the next")});
  ParameterSpec sharing =
      ChoiceSpec("sharing", {"headwise", "kv", "layerwise", "none"},
                 "who shares a projection: the heads, keys and values too, all layers too, nobody");
  sharing.when = "attention = 'linformer' AND projection NOT IN ('mean-pool', 'max-pool')";
  all.push_back(std::move(sharing));
  return all;
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
      {"projection IN ('learned', 'random') OR compression IS NULL OR compression = "
       "CAST(compression AS INTEGER)",
       "windows need a whole number of tokens; choose a whole compression"},
      {"projection IN ('learned', 'random') OR projected_length IS NULL OR max_length % "
       "projected_length = 0",
       "windows need a whole number of tokens; choose a projected_length that divides max_length"},
      {"projection_place <> 'before' OR sharing <> 'none'",
       "sharing = 'none' has a projection per head, but before the linear layers there are no "
       "heads; choose another sharing or projection_place = 'after'"},
      {"compression_growth = 1 OR sharing <> 'layerwise'",
       "sharing = 'layerwise' has one projection for all layers, so they cannot differ in "
       "compression; choose another sharing or compression_growth = 1"},
  };
}

LinformerOptions ReadLinformerOptions(const AttentionOptions& attention, ParameterReader& reader) {
  const auto compression = reader.OptionalNumber("compression");
  const auto projected_length = reader.OptionalInteger("projected_length");
  LinformerOptions options;
  options.attention = attention;
  options.projection = static_cast<Projection>(reader.Choice("projection"));
  options.place = static_cast<ProjectionPlace>(reader.Choice("projection_place"));
  options.compression_growth = reader.Integer("compression_growth");
  if (HasNumbers(options.projection)) {
    options.sharing = static_cast<Sharing>(reader.Choice("sharing"));
  }
  if (!reader.status().ok()) return {};
  const auto k = ResolveProjectedLength(attention.max_length, compression, projected_length);
  reader.Note(k.ok() ? CheckCombination(options, *k) : k.status());
  options.projected_length = k.ok() ? *k : 0;
  return options;
}

}  // namespace sweepformer::model
