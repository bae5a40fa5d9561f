#pragma once

#include <torch/types.h>

#include "orchestrator/core/status.h"

namespace sweepformer::model {

/// In what the products of matrices are computed. Weights, sums, softmax, norms and the optimizer
/// are float32 in every case ("mixed precision", Micikevicius et al. 2018, arXiv:1710.03740).
enum class Precision {
  kFloat32,
  /// Operands are rounded to bfloat16, forward and backward, and summed up in float32 by the CPU's
  /// bfloat16 instructions (kernels/half_product.h). What attention computes in blocks is not
  /// rounded (blocked_attention.h).
  kBfloat16,
  /// The same roundings, added up by float32 products: any CPU can, none gains by it.
  kEmulatedBfloat16,
};

/// How this machine computes in bfloat16: emulated if the environment has
/// SWEEPFORMER_BFLOAT16=emulate, right for accuracies, of no use for speeds; else InvalidArgument
/// where its CPU cannot.
Result<Precision> Bfloat16Here();

/// The precision of the float32 products below for as long as it lives, in the whole process and in
/// both passes, as the number of threads is; those of other types stay as they are. Not to be made
/// while another thread computes.
class PrecisionScope {
 public:
  explicit PrecisionScope(Precision precision);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  Precision before_;
  bool emulated_before_;
};

/// That of the scope at hand, or float32.
Precision CurrentPrecision();

/// Of what the operands of products are: float32, or bfloat16 in the scope of either kind.
torch::ScalarType OperandType();

/// torch.matmul
torch::Tensor Product(const torch::Tensor& a, const torch::Tensor& b);

/// torch.nn.functional.linear: x Wᵀ + b; b may be undefined.
torch::Tensor LinearProduct(const torch::Tensor& x, const torch::Tensor& weight,
                            const torch::Tensor& bias = {});

/// torch.baddbmm: sum + factor · a b, of [N, T, K] and [N, K, S]; `sum` broadcasts.
torch::Tensor AddProduct(const torch::Tensor& sum, const torch::Tensor& a, const torch::Tensor& b,
                         double factor = 1);

/// The same into `sum`; takes no gradient.
void AccumulateProduct(torch::Tensor sum, const torch::Tensor& a, const torch::Tensor& b,
                       double factor = 1);

}  // namespace sweepformer::model
