#include "model/optimizer.h"

#include <memory>
#include <string>

namespace sweepformer::model {
namespace {

bool IsDecayed(const std::string& name, const torch::Tensor& parameter) {
  const bool embedding = name.starts_with("embedding.") || name.starts_with("positions.");
  return parameter.dim() > 1 && !embedding;
}

}  // namespace

DecayGroups PartByDecay(const torch::nn::Module& module) {
  DecayGroups groups;
  for (const auto& named : module.named_parameters()) {
    auto& group = IsDecayed(named.key(), named.value()) ? groups.decayed : groups.undecayed;
    group.push_back(named.value());
  }
  return groups;
}

torch::optim::AdamW MakeAdamW(const torch::nn::Module& module, double lr, double weight_decay) {
  DecayGroups groups = PartByDecay(module);
  const auto group = [&](std::vector<torch::Tensor> parameters, double decay) {
    return torch::optim::OptimizerParamGroup(
        std::move(parameters), std::make_unique<torch::optim::AdamWOptions>(
                                   torch::optim::AdamWOptions(lr).weight_decay(decay)));
  };
  return torch::optim::AdamW(
      {group(std::move(groups.decayed), weight_decay), group(std::move(groups.undecayed), 0.0)},
      torch::optim::AdamWOptions(lr));
}

void SetLearningRate(torch::optim::AdamW& optimizer, double lr) {
  for (auto& group : optimizer.param_groups()) {
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(lr);
  }
}

}  // namespace sweepformer::model
