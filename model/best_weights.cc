#include "model/best_weights.h"

namespace sweepformer::model {
namespace {

void Copy(const std::vector<torch::Tensor>& from, std::vector<torch::Tensor>& to) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
}

}  // namespace

BestWeights::BestWeights(torch::nn::Module& module) : live_(module.parameters()) {
  for (const auto& buffer : module.buffers()) live_.push_back(buffer);  // what training redraws
  for (const auto& parameter : live_) kept_.push_back(torch::empty_like(parameter.detach()));
}

void BestWeights::Offer(std::int64_t epoch, double valid_accuracy) {
  if (valid_accuracy <= valid_accuracy_) return;
  epoch_ = epoch;
  valid_accuracy_ = valid_accuracy;
  Copy(live_, kept_);
}

void BestWeights::Restore() { Copy(kept_, live_); }

}  // namespace sweepformer::model
