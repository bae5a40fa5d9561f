#include "model/positions.h"

#include <torch/nn/init.h>

#include <cmath>

namespace sweepformer::model {

torch::Tensor SinusoidalTable(std::int64_t max_length, std::int64_t d_model) {
  const auto wide = torch::TensorOptions(torch::kFloat64);
  const torch::Tensor position = torch::arange(max_length, wide).unsqueeze(1);
  const torch::Tensor pair = torch::arange(d_model, wide).div(2, "floor");
  const torch::Tensor frequency = torch::exp(pair * (-2.0 * std::log(10000.0) / d_model));
  const torch::Tensor cosine = torch::arange(d_model).remainder(2).to(torch::kBool);
  const torch::Tensor angle = position * frequency;
  return torch::where(cosine, angle.cos(), angle.sin()).to(torch::kFloat32);
}

PositionTableImpl::PositionTableImpl(Positions kind, std::int64_t max_length,
                                     std::int64_t d_model) {
  if (kind == Positions::kLearned) {
    weight_ = register_parameter("weight", torch::empty({max_length, d_model}));
  } else if (kind == Positions::kSinusoidal) {
    const double scale = kEmbeddingDeviation * std::sqrt(2.0);
    weight_ = register_buffer("table", SinusoidalTable(max_length, d_model) * scale);
  } else if (kind == Positions::kInfused) {
    weight_ = register_buffer("table", SinusoidalTable(max_length, d_model));
  }
  reset_parameters();
}

void PositionTableImpl::reset_parameters() {
  if (weight_.defined() && weight_.requires_grad()) {
    torch::nn::init::normal_(weight_, 0.0, kEmbeddingDeviation);
  }
}

torch::Tensor PositionTableImpl::forward(const torch::Tensor& x) const {
  return weight_.defined() ? x + weight_.narrow(0, 0, x.size(1)) : x;
}

}  // namespace sweepformer::model
