#include "model/pooling.h"

#include <limits>

namespace sweepformer::model {
namespace {

torch::Tensor MeanOfReal(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  if (!pad_mask.defined()) return x.mean(1);
  const torch::Tensor real = pad_mask.logical_not().sum(1, /*keepdim=*/true).clamp_min(1);
  return x.masked_fill(pad_mask.unsqueeze(-1), 0).sum(1) / real;
}

torch::Tensor MaxOfReal(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  if (!pad_mask.defined()) return x.amax(1);
  const double lowest = -std::numeric_limits<double>::infinity();
  const torch::Tensor nothing_real = pad_mask.all(1, /*keepdim=*/true);
  return x.masked_fill(pad_mask.unsqueeze(-1), lowest).amax(1).masked_fill(nothing_real, 0);
}

}  // namespace

torch::Tensor Pool(Pooling pooling, const torch::Tensor& x, const torch::Tensor& pad_mask) {
  switch (pooling) {
    case Pooling::kCls: return x.select(1, 0);
    case Pooling::kMax: return MaxOfReal(x, pad_mask);
    case Pooling::kMean: break;
  }
  return MeanOfReal(x, pad_mask);
}

}  // namespace sweepformer::model
