#include "model/testing.h"

#include <torch/types.h>

#include <limits>

#include "model/run_options.h"

namespace sweepformer::model::testing {

double MaxDifference(const torch::Tensor& a, const torch::Tensor& b) {
  const double difference = (a - b).abs().max().item<double>();
  return std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
}

torch::Tensor Wave(std::int64_t n, std::int64_t d, double shift) {
  const auto wide = torch::TensorOptions(torch::kFloat64);
  const torch::Tensor rows = 0.7 * torch::arange(1, n + 1, wide).unsqueeze(1);
  return torch::sin(rows + 1.3 * torch::arange(1, d + 1, wide) + shift);
}

torch::Tensor OneHead(const torch::Tensor& matrix) {
  return matrix.view({1, 1, matrix.size(0), -1});
}

torch::Tensor GoldenTensor(at::ArrayRef<double> matrix) {
  return torch::tensor(matrix, torch::kFloat64).view({1, 1, -1, 3});
}

torch::Tensor PadAfter(const std::vector<std::int64_t>& real_lengths, std::int64_t tokens) {
  const torch::Tensor lengths = torch::tensor(real_lengths).unsqueeze(1);
  return torch::arange(tokens).unsqueeze(0) >= lengths;
}

torch::Tensor Tokens(const std::vector<std::int64_t>& real_lengths, std::int64_t tokens,
                     std::int64_t vocab_size) {
  const auto batch = static_cast<std::int64_t>(real_lengths.size());
  const torch::Tensor mixed = (torch::arange(batch * tokens) * 7919 + 13).view({batch, tokens});
  return (mixed.remainder(vocab_size - 1) + 1).masked_fill(PadAfter(real_lengths, tokens), 0);
}

double GradientError(const std::function<torch::Tensor()>& function,
                     const std::vector<torch::Tensor>& leaves) {
  constexpr double kStep = 1e-6;
  const torch::Tensor weights = torch::randn_like(function().detach());
  const auto loss = [&] { return (function() * weights).sum(); };
  for (const auto& leaf : leaves) leaf.mutable_grad() = torch::Tensor();
  loss().backward();
  torch::NoGradGuard no_grad;
  double worst = 0.0;
  for (const auto& leaf : leaves) {
    const torch::Tensor flat = leaf.view(-1), gradient = leaf.grad().flatten();
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const double value = flat[i].item<double>();
      flat[i] = value + kStep;
      const double above = loss().item<double>();
      flat[i] = value - kStep;
      const double below = loss().item<double>();
      flat[i] = value;
      const double numeric = (above - below) / (2 * kStep);
      const double error = std::abs(gradient[i].item<double>() - numeric);
      worst = std::max(worst, error / (1.0 + std::abs(numeric)));
    }
  }
  return worst;
}

double ModuleGradientError(AttentionImpl& module, const torch::Tensor& x,
                           const torch::Tensor& pad_mask) {
  module.to(torch::kFloat64);
  const torch::Tensor input = x.to(torch::kFloat64).clone().requires_grad_();
  std::vector<torch::Tensor> leaves = module.parameters();
  leaves.push_back(input);
  return GradientError([&] { return module.forward(input, pad_mask); }, leaves);
}

std::string FormatSafetensors(const TensorFile& file) {
  std::string bytes;
  EmitSafetensors(file, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

Parameters With(Parameters base, const Parameters& more) {
  for (const auto& [name, value] : more) base[name] = value;
  return base;
}

Parameters TinyRun(const std::string& attention, const Parameters& more) {
  Parameters parameters = {{"attention", attention},         {"rows", std::int64_t{200}},
                           {"max_length", std::int64_t{24}}, {"d_model", std::int64_t{16}},
                           {"min_count", std::int64_t{1}},   {"dropout", 0.0}};
  if (attention != "none") parameters["layers"] = std::int64_t{1};
  if (attention != "none" && attention != "lstm") parameters["d_ff"] = std::int64_t{32};
  for (const AttentionDesign& design : AttentionDesigns()) {
    if (design.name == attention && design.heads == HeadCount::kGiven) {
      parameters["heads"] = std::int64_t{2};
    }
  }
  if (attention == "linformer") parameters["compression"] = std::int64_t{4};
  if (attention == "compressive") {
    // Nine tokens fill the memory, the slots and what is forgotten; a slot is left half full.
    parameters = With(parameters, {{"segment_length", std::int64_t{3}},
                                   {"memory_length", std::int64_t{2}},
                                   {"compressed_length", std::int64_t{3}},
                                   {"compression_ratio", std::int64_t{2}}});
  }
  return With(parameters, more);
}

ModelOptions OptionsOf(const Parameters& parameters) {
  return ReadRunOptions(parameters).value().model;
}

datasets::PreparedData DataOf(const Parameters& parameters, std::int64_t seed) {
  const Parameters resolved = ReadRunOptions(parameters).value().resolved;
  return datasets::Prepare(resolved, seed, /*data_folder=*/{}).value();
}

}  // namespace sweepformer::model::testing
