#include "model/linear.h"

#include <torch/nn/init.h>

#include <cmath>

#include "model/kernels/dropout.h"
#include "model/products.h"

namespace sweepformer::model {

torch::Tensor LinearImpl::forward(const torch::Tensor& x) {
  return AddUpdate(LinearProduct(x, weight, bias), x);
}

torch::Tensor LinearImpl::ForwardWithoutBias(const torch::Tensor& x) {
  return AddUpdate(LinearProduct(x, weight), x);
}

torch::Tensor LinearImpl::AddUpdate(const torch::Tensor& y, const torch::Tensor& x) const {
  if (!AdapterIsApart()) return y;
  const torch::Tensor seen = Dropout(x, is_training() ? adapter_->dropout : 0.0);
  return torch::add(y, LinearProduct(LinearProduct(seen, lora_a_), lora_b_), adapter_->scale());
}

torch::Tensor LinearImpl::ForwardFrozen(const torch::Tensor& x) const {
  const torch::Tensor constant_bias = bias.defined() ? bias.detach() : bias;
  const torch::Tensor y = LinearProduct(x, weight.detach(), constant_bias);
  if (!AdapterIsApart()) return y;
  const torch::Tensor narrow = LinearProduct(x, lora_a_.detach());
  return torch::add(y, LinearProduct(narrow, lora_b_.detach()), adapter_->scale());
}

Work LinearImpl::ForwardWork(std::int64_t rows) const {
  const std::int64_t in = options.in_features(), out = options.out_features();
  Work work = ProductWork(rows, in, out);
  if (!weight.requires_grad()) work.frozen_flops = work.flops;
  if (!AdapterIsApart()) return work;
  return work + ProductWork(rows, in, adapter_->rank) + ProductWork(rows, adapter_->rank, out);
}

void LinearImpl::AddAdapter(const Adapter& adapter) {
  TORCH_CHECK(!adapter_, "a linear layer takes one adapter");
  adapter_ = adapter;
  const auto numbers = weight.options().requires_grad(false);
  lora_a_ = torch::empty({adapter.rank, options.in_features()}, numbers);
  lora_b_ = torch::zeros({options.out_features(), adapter.rank}, numbers);
  torch::nn::init::kaiming_uniform_(lora_a_, std::sqrt(5.0));
  lora_a_ = register_parameter("lora_A", lora_a_);
  lora_b_ = register_parameter("lora_B", lora_b_);
}

void LinearImpl::Merge() {
  if (!AdapterIsApart()) return;
  const torch::NoGradGuard no_grad;
  weight.addmm_(lora_b_, lora_a_, /*beta=*/1, adapter_->scale());
  merged_ = true;
}

}  // namespace sweepformer::model
