#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <optional>

#include "model/work.h"

namespace sweepformer::model {

/// A low-rank update of a weight: (α / r) · B A (Hu et al. 2021, arXiv:2106.09685, eq. 3).
struct Adapter {
  std::int64_t rank = 8;  ///< r
  double alpha = 8;       ///< α
  double dropout = 0.0;   ///< of what A sees, while training

  double scale() const { return alpha / static_cast<double>(rank); }
};

/// torch's linear layer, that also takes an adapter:
///   y = x Wᵀ + b + (α / r) · dropout(x) Aᵀ Bᵀ      x [..., in], W [out, in], A [r, in], B [out, r]
/// Parameters weight, bias, lora_A and lora_B, the names of microsoft/LoRA. Without an adapter it
/// is torch.nn.Linear to rounding, with the same initial draws.
class LinearImpl final : public torch::nn::LinearImpl {
 public:
  using torch::nn::LinearImpl::LinearImpl;

  torch::Tensor forward(const torch::Tensor& x);

  /// x Wᵀ and the adapter's part, for one who adds the bias himself.
  torch::Tensor ForwardWithoutBias(const torch::Tensor& x);

  /// forward with weight, bias and adapter as constants: the gradient reaches x alone.
  torch::Tensor ForwardFrozen(const torch::Tensor& x) const;

  /// What forward takes for so many rows of x. Of a frozen weight no gradient is computed.
  Work ForwardWork(std::int64_t rows) const;

  /// Draws A Kaiming-uniform (a = √5) from torch's global generator and sets B to zero, so that y
  /// stays as it is. Once at most.
  void AddAdapter(const Adapter& adapter);
  const std::optional<Adapter>& adapter() const { return adapter_; }
  /// Whether forward is more than x Wᵀ + b.
  bool AdapterIsApart() const { return adapter_ && !merged_; }

  /// Adds the update to the weight and leaves the adapter out of forward. Merged twice is merged
  /// once.
  void Merge();

 private:
  torch::Tensor AddUpdate(const torch::Tensor& y, const torch::Tensor& x) const;

  std::optional<Adapter> adapter_;
  bool merged_ = false;
  torch::Tensor lora_a_, lora_b_;
};

TORCH_MODULE(Linear);

}  // namespace sweepformer::model
