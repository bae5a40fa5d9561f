#include "model/products.h"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "model/kernels/dropout.h"
#include "model/kernels/gemm.h"
#include "model/kernels/half_product.h"
#include "model/kernels/linear_product.h"

namespace sweepformer::model {
namespace {

Precision process_precision = Precision::kFloat32;

bool IsHalf(const torch::Tensor& x) {
  return process_precision != Precision::kFloat32 && x.scalar_type() == torch::kFloat;
}

/// On a GPU, whose own products of bfloat16 add up in float32.
torch::Tensor Rounded(const torch::Tensor& x) { return x.defined() ? x.to(torch::kBFloat16) : x; }

}  // namespace

sweepformer::Result<Precision> Bfloat16Here() {
  const char* const wish = std::getenv("SWEEPFORMER_BFLOAT16");
  if (wish != nullptr && std::string_view(wish) == "emulate") return Precision::kEmulatedBfloat16;
  if (CpuMultipliesBfloat16()) return Precision::kBfloat16;
  return InvalidArgument(
      "precision = 'bfloat16', and this CPU cannot multiply it (it has no AVX512-BF16); use "
      "'float32' here, or another machine. With SWEEPFORMER_BFLOAT16=emulate in the environment "
      "the same roundings are made on float32 products, for accuracies, not for speeds");
}

Precision CurrentPrecision() { return process_precision; }

torch::ScalarType OperandType() {
  return process_precision == Precision::kFloat32 ? torch::kFloat : torch::kBFloat16;
}

PrecisionScope::PrecisionScope(Precision precision)
    : before_(std::exchange(process_precision, precision)),
      emulated_before_(EmulateBfloat16(precision == Precision::kEmulatedBfloat16)) {}

PrecisionScope::~PrecisionScope() {
  process_precision = before_;
  EmulateBfloat16(emulated_before_);
}

torch::Tensor Product(const torch::Tensor& a, const torch::Tensor& b) {
  if (!IsHalf(a)) return torch::matmul(a, b);
  if (a.device().is_cpu()) return HalfProduct(a, b);
  return torch::matmul(Rounded(a), Rounded(b)).to(torch::kFloat);
}

torch::Tensor LinearProduct(const torch::Tensor& x, const torch::Tensor& weight,
                            const torch::Tensor& bias) {
  if (!IsHalf(x))
    return HasKernels(x) ? FastLinear(x, weight, bias) : torch::linear(x, weight, bias);
  if (x.device().is_cpu()) return HalfLinear(x, weight, bias);
  return torch::linear(Rounded(x), Rounded(weight), Rounded(bias)).to(torch::kFloat);
}

torch::Tensor AddProduct(const torch::Tensor& sum, const torch::Tensor& a, const torch::Tensor& b,
                         double factor) {
  if (!IsHalf(a)) return torch::baddbmm(sum, a, b, /*beta=*/1, factor);
  return torch::add(sum, Product(a, b), factor);
}

void AccumulateProduct(torch::Tensor sum, const torch::Tensor& a, const torch::Tensor& b,
                       double factor) {
  if (!IsHalf(a)) {
    sum.baddbmm_(a, b, /*beta=*/1, factor);
  } else {
    sum.add_(Product(a, b), factor);
  }
}

}  // namespace sweepformer::model
