#include "model/optimizer.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <string_view>

#include "model/kernels/adamw.h"
#include "model/kernels/dropout.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;
constexpr double kNormEpsilon = 1e-6;  ///< as torch.nn.utils.clip_grad_norm_
static_assert(AdamRates::kBeta1 == static_cast<float>(kBeta1));
static_assert(AdamRates::kBeta2 == static_cast<float>(kBeta2));

/// Tables of rows that are looked up, by the ends of their names.
constexpr std::string_view kEmbeddings[] = {"embedding.weight", "positions.weight",
                                            "segments.weight", "relative_attention_bias.weight"};

bool IsDecayed(const std::string& name, const torch::Tensor& parameter) {
  const bool embedding =
      std::any_of(std::begin(kEmbeddings), std::end(kEmbeddings),
                  [&](std::string_view ending) { return name.ends_with(ending); });
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
  double scale = 1;  ///< of the gradients: less where they are clipped
};

AdamW::AdamW(const torch::nn::Module& module, double weight_decay) {
  for (const auto& named : module.named_parameters()) {
    const torch::Tensor& parameter = named.value();
    if (!parameter.requires_grad()) continue;
    const torch::Tensor flat = parameter.detach().view(-1);
    slots_.push_back({named.key(), parameter, torch::zeros_like(flat), torch::zeros_like(flat),
                      IsDecayed(named.key(), parameter) ? weight_decay : 0.0});
  }
}

void AdamW::ClearGradients() {
  for (Slot& slot : slots_) slot.parameter.mutable_grad().reset();
}

void AdamW::Visit(StateArchive& archive) {
  for (Slot& slot : slots_) {
    archive.Visit("optimizer.mean." + slot.name, slot.mean);
    archive.Visit("optimizer.square." + slot.name, slot.square);
    archive.Visit("optimizer.steps." + slot.name, slot.steps);
    std::int64_t has_gradient = slot.parameter.grad().defined();
    archive.Visit("optimizer.has_gradient." + slot.name, has_gradient);
    if (archive.loading() && has_gradient != 0) {
      slot.parameter.mutable_grad() = torch::zeros_like(slot.parameter.detach());
    }
  }
}

namespace {

void MoveWithKernel(const AdamRates& rates, const AdamNumbers& numbers, const float* gradient,
                    float scale) {
  constexpr std::int64_t kLeastNumbers = 32768;  // worth a thread
  at::parallel_for(0, numbers.size, kLeastNumbers, [&](std::int64_t first, std::int64_t last) {
    AdamStep(rates,
             {numbers.values + first, numbers.means + first, numbers.squares + first, last - first},
             gradient + first, scale);
  });
}

}  // namespace

void AdamW::Update(const Slot& slot, const Rates& rates) {
  torch::Tensor p = slot.parameter.detach().view(-1), mean = slot.mean, square = slot.square;
  const torch::Tensor g = slot.parameter.grad().reshape(-1);
  const double shrink = 1.0 - rates.lr * slot.weight_decay;
  if (HasKernels(p)) {
    RECORD_USER_SCOPE("AdamStep");
    MoveWithKernel(
        {static_cast<float>(shrink), static_cast<float>(rates.step),
         static_cast<float>(rates.epsilon)},
        {p.data_ptr<float>(), mean.data_ptr<float>(), square.data_ptr<float>(), p.numel()},
        g.data_ptr<float>(), static_cast<float>(rates.scale));
    return;
  }
  const torch::Tensor scaled = g * rates.scale;
  mean.lerp_(scaled, 1.0 - kBeta1);
  square.mul_(kBeta2).addcmul_(scaled, scaled, 1.0 - kBeta2);
  p.mul_(shrink).addcdiv_(mean, square.sqrt().add_(rates.epsilon), -rates.step);
}

double AdamW::GradientNorm() const {
  double squares = 0;
  for (const Slot& slot : slots_) {
    const torch::Tensor gradient = slot.parameter.grad();
    if (!gradient.defined()) continue;
    const double norm = gradient.norm().item<double>();
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

void AdamW::Step(double lr, double clip_norm) {
  const torch::NoGradGuard no_grad;
  const double scale =
      clip_norm > 0 ? std::min(1.0, clip_norm / (GradientNorm() + kNormEpsilon)) : 1.0;
  for (Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    const auto steps = static_cast<double>(++slot.steps);
    const double mean_correction = 1.0 - std::pow(kBeta1, steps);
    const double root_correction = std::sqrt(1.0 - std::pow(kBeta2, steps));
    Update(slot, {lr, lr * root_correction / mean_correction, kEpsilon * root_correction, scale});
  }
}

}  // namespace sweepformer::model
