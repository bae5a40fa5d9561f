#include "model/optimizer.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace sweepformer::model {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;

/// Numbers updated together: few enough that the operations of a step find them in the cache.
std::int64_t BlockSize() { return std::int64_t{32768} * at::get_num_threads(); }

bool IsDecayed(const std::string& name, const torch::Tensor& parameter) {
  const bool embedding = name.starts_with("embedding.") || name.starts_with("positions.");
  return parameter.dim() > 1 && !embedding;
}

}  // namespace

std::vector<torch::Tensor> TrainableParameters(const torch::nn::Module& module) {
  std::vector<torch::Tensor> trainable;
  for (const torch::Tensor& parameter : module.parameters()) {
    if (parameter.requires_grad()) trainable.push_back(parameter);
  }
  return trainable;
}

/// What a step multiplies by, the corrections for the moments' start at zero included.
struct AdamW::Rates {
  double lr = 0;
  double step = 0;
  double epsilon = 0;
};

AdamW::AdamW(const torch::nn::Module& module, double weight_decay) {
  std::int64_t longest = 0;
  for (const auto& named : module.named_parameters()) {
    const torch::Tensor& parameter = named.value();
    if (!parameter.requires_grad()) continue;
    const torch::Tensor flat = parameter.detach().view(-1);
    slots_.push_back({named.key(), parameter, torch::zeros_like(flat), torch::zeros_like(flat),
                      IsDecayed(named.key(), parameter) ? weight_decay : 0.0});
    longest = std::max(longest, flat.numel());
  }
  if (longest == 0) return;
  scratch_ = torch::empty({std::min(longest, BlockSize())}, slots_.front().mean.options());
}

void AdamW::ClearGradients() {
  for (Slot& slot : slots_) slot.parameter.mutable_grad().reset();
}

void AdamW::Visit(StateArchive& archive) {
  archive.Visit("optimizer.steps", steps_);
  for (Slot& slot : slots_) {
    archive.Visit("optimizer.mean." + slot.name, slot.mean);
    archive.Visit("optimizer.square." + slot.name, slot.square);
    std::int64_t has_gradient = slot.parameter.grad().defined();
    archive.Visit("optimizer.has_gradient." + slot.name, has_gradient);
    if (archive.loading() && has_gradient != 0) {
      slot.parameter.mutable_grad() = torch::zeros_like(slot.parameter.detach());
    }
  }
}

void AdamW::Update(const Slot& slot, const Rates& rates) {
  const torch::Tensor parameter = slot.parameter.detach().view(-1);
  const torch::Tensor gradient = slot.parameter.grad().reshape(-1);
  for (std::int64_t begin = 0; begin < parameter.numel(); begin += scratch_.numel()) {
    const std::int64_t size = std::min(scratch_.numel(), parameter.numel() - begin);
    const auto block = [&](const torch::Tensor& all) { return all.narrow(0, begin, size); };
    torch::Tensor p = block(parameter), g = block(gradient), mean = block(slot.mean),
                  square = block(slot.square), root = scratch_.narrow(0, 0, size);
    if (slot.weight_decay > 0) p.mul_(1.0 - rates.lr * slot.weight_decay);
    mean.lerp_(g, 1.0 - kBeta1);
    square.mul_(kBeta2).addcmul_(g, g, 1.0 - kBeta2);
    torch::sqrt_out(root, square).add_(rates.epsilon);
    p.addcdiv_(mean, root, -rates.step);
  }
}

void AdamW::Step(double lr) {
  const torch::NoGradGuard no_grad;
  ++steps_;
  const double mean_correction = 1.0 - std::pow(kBeta1, static_cast<double>(steps_));
  const double root_correction = std::sqrt(1.0 - std::pow(kBeta2, static_cast<double>(steps_)));
  const Rates rates{lr, lr * root_correction / mean_correction, kEpsilon * root_correction};
  for (const Slot& slot : slots_) {
    if (slot.parameter.grad().defined()) Update(slot, rates);
  }
}

}  // namespace sweepformer::model
