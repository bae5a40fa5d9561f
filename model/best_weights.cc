#include "model/best_weights.h"

namespace sweepformer::model {
namespace {

void Copy(const std::vector<torch::Tensor>& from, std::vector<torch::Tensor>& to) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
}

}  // namespace

BestWeights::BestWeights(torch::nn::Module& module, BestBy by) : by_(by) {
  const auto keep = [&](const std::string& name, const torch::Tensor& tensor) {
    names_.push_back(name);
    live_.push_back(tensor);
    kept_.push_back(torch::empty_like(tensor.detach()));
  };
  for (const auto& parameter : module.named_parameters()) {
    if (parameter.value().requires_grad()) keep(parameter.key(), parameter.value());
  }
  // What training redraws.
  for (const auto& buffer : module.named_buffers()) keep(buffer.key(), buffer.value());
}

double BestWeights::Deciding(const ValidFigures& valid) const {
  return by_ == BestBy::kMcc ? valid.mcc : valid.accuracy;
}

void BestWeights::Offer(std::int64_t epoch, const ValidFigures& valid) {
  if (epoch_ != 0 && Deciding(valid) <= Deciding(valid_)) return;
  epoch_ = epoch;
  valid_ = valid;
  Copy(live_, kept_);
}

void BestWeights::Visit(StateArchive& archive) {
  archive.Visit("best.epoch", epoch_);
  archive.Visit("best.valid_accuracy", valid_.accuracy);
  if (by_ == BestBy::kMcc) archive.Visit("best.valid_mcc", valid_.mcc);
  if (epoch_ == 0) return;  // nothing is kept yet
  for (std::size_t i = 0; i < names_.size(); ++i) archive.Visit("best." + names_[i], kept_[i]);
}

void BestWeights::Restore() { Copy(kept_, live_); }

}  // namespace sweepformer::model
