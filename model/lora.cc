#include "model/lora.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <string>
#include <string_view>

#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

constexpr std::string_view kHead = "classifier.";
constexpr std::string_view kA = "lora_A";
constexpr std::string_view kB = "lora_B";

/// What stands behind the last dot.
std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('.') + 1); }

bool IsTarget(LoraTargets targets, std::string_view layer) {
  const std::string_view name = LastPart(layer);
  const bool feed_forward = name == "linear1" || name == "linear2";
  const bool attention = name.ends_with("_proj");
  switch (targets) {
    case LoraTargets::kQueryValue: return name.ends_with("q_proj") || name.ends_with("v_proj");
    case LoraTargets::kAttention: return attention;
    case LoraTargets::kFeedForward: return feed_forward;
    case LoraTargets::kAll: return attention || feed_forward;
  }
  return false;
}

void ForEachLinear(const torch::nn::Module& model,
                   const std::function<void(const std::string&, LinearImpl&)>& visit) {
  for (const auto& module : model.named_modules(/*name_prefix=*/"", /*include_self=*/false)) {
    if (auto* linear = dynamic_cast<LinearImpl*>(module.value().get())) {
      visit(module.key(), *linear);
    }
  }
}

void Freeze(torch::nn::Module& model) {
  for (const auto& parameter : model.named_parameters()) {
    const std::string_view name = parameter.key(), last = LastPart(name);
    const bool learns = last == kA || last == kB || name.starts_with(kHead);
    torch::Tensor(parameter.value()).requires_grad_(learns);
  }
}

Result<double> AlphaIn(const TensorFile& weights) {
  const auto found = weights.metadata.find(kLoraAlpha);
  double alpha = 0;
  if (found != weights.metadata.end()) {
    const std::string& text = found->second;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), alpha);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return alpha;
  }
  return InvalidArgument(fmt::format(
      "holds low-rank adapters, but its metadata do not say what they are multiplied by; add "
      "\"{}\", or merge them into the weights",
      kLoraAlpha));
}

/// weight + α / r · B A; undefined if the shapes do not go together.
torch::Tensor Merged(const torch::Tensor& weight, const torch::Tensor& a, const torch::Tensor& b,
                     double alpha) {
  const bool matrices = weight.dim() == 2 && a.dim() == 2 && b.dim() == 2;
  if (!matrices || a.size(0) == 0 || b.size(1) != a.size(0)) return {};
  if (b.size(0) != weight.size(0) || a.size(1) != weight.size(1)) return {};
  return torch::addmm(weight, b, a, /*beta=*/1, alpha / static_cast<double>(a.size(0)));
}

}  // namespace

void AddAdapters(torch::nn::Module& model, const LoraOptions& options) {
  ForEachLinear(model, [&](const std::string& name, LinearImpl& linear) {
    if (IsTarget(options.targets, name)) linear.AddAdapter(options.adapter);
  });
  Freeze(model);
}

void MergeAdapters(torch::nn::Module& model) {
  ForEachLinear(model, [](const auto&, LinearImpl& linear) { linear.Merge(); });
}

std::optional<double> LoraAlphaOf(const torch::nn::Module& model) {
  std::optional<double> alpha;
  ForEachLinear(model, [&](const auto&, const LinearImpl& linear) {
    if (linear.adapter()) alpha = linear.adapter()->alpha;
  });
  return alpha;
}

Result<std::int64_t> MergeAdapters(TensorFile& weights) {
  std::vector<std::string> layers;  // with the dot
  for (const auto& [name, tensor] : weights.tensors) {
    if (LastPart(name) == kA) layers.push_back(name.substr(0, name.size() - kA.size()));
  }
  if (layers.empty()) return 0;
  SF_ASSIGN(const double alpha, AlphaIn(weights));
  for (const std::string& layer : layers) {
    const auto take = [&](std::string_view last) {
      const auto node = weights.tensors.extract(layer + std::string(last));
      return node ? node.mapped() : torch::Tensor(torch::empty({0}));
    };
    const torch::Tensor a = take(kA), b = take(kB), weight = take("weight");
    const torch::Tensor merged = Merged(weight, a, b, alpha);
    if (!merged.defined()) {
      return InvalidArgument(fmt::format(
          "{0}lora_A ({1}) and {0}lora_B ({2}) are no update of {0}weight ({3})", layer,
          fmt::join(a.sizes(), "×"), fmt::join(b.sizes(), "×"), fmt::join(weight.sizes(), "×")));
    }
    weights.tensors[layer + "weight"] = merged;
  }
  return static_cast<std::int64_t>(layers.size());
}

std::vector<ParameterSpec> LoraParameters() {
  return When("attention NOT IN ('none', 'lstm') AND lora_rank > 0",
              {NumberSpec("lora_alpha", 8.0, 0, std::nullopt,
                          "α: the adapters' part is multiplied by α / lora_rank"),
               ChoiceSpec("lora_targets", {"query-value", "attention", "feed-forward", "all"},
                          "linear layers that get an adapter"),
               NumberSpec("lora_dropout", 0.0, 0, 0.99, "share of an adapter's input dropped")});
}

std::vector<ParameterCheck> LoraChecks() {
  return {{"lora_rank <= d_model",
           "lora_rank is larger than d_model, the rank that the weights have at most; lower it"}};
}

std::optional<LoraOptions> ReadLoraOptions(std::int64_t d_model, ParameterReader& reader) {
  LoraOptions options;
  options.adapter.rank = reader.OptionalInteger("lora_rank").value_or(0);
  if (options.adapter.rank == 0) return std::nullopt;
  options.adapter.alpha = reader.Number("lora_alpha");
  options.targets = static_cast<LoraTargets>(reader.Choice("lora_targets"));
  options.adapter.dropout = reader.Number("lora_dropout");
  if (options.adapter.rank > d_model) {
    reader.Note(InvalidArgument(
        fmt::format("lora_rank ({}) is larger than d_model ({}), the rank that the weights have at "
                    "most; lower it",
                    options.adapter.rank, d_model)));
  }
  return options;
}

}  // namespace sweepformer::model
