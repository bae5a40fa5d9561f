#include "model/backward.h"

#include <torch/csrc/autograd/autograd.h>

#include <vector>

namespace sweepformer::model {

void Backward(const torch::Tensor& out, const torch::Tensor& gradient,
              const AuxiliaryLoss& auxiliary) {
  std::vector<torch::Tensor> of = {out}, gradients = {gradient};
  if (auxiliary.value.defined()) {
    of.push_back(auxiliary.value);
    gradients.push_back(torch::full_like(auxiliary.value, auxiliary.weight));
  }
  torch::autograd::backward(of, gradients);
}

}  // namespace sweepformer::model
