#include "model/products.h"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "model/kernels/dropout.h"
#include "model/kernels/linear_product.h"

namespace sweepformer::model {
namespace {

Precision process_precision = Precision::kFloat32;

Precision PrecisionOf(const torch::Tensor& a) {
  return a.scalar_type() == torch::kFloat ? process_precision : Precision::kFloat32;
}

/// Autograd rounds the gradients on their way back just so.
torch::Tensor Operand(const torch::Tensor& x, Precision precision) {
  if (!x.defined() || precision == Precision::kFloat32) return x;
  const torch::Tensor rounded = x.to(torch::kBFloat16);
  return precision == Precision::kBfloat16 ? rounded : rounded.to(torch::kFloat);
}

torch::Tensor Result(const torch::Tensor& y, Precision precision) {
  switch (precision) {
    case Precision::kFloat32: return y;
    case Precision::kBfloat16: return y.to(torch::kFloat);
    default: return y.to(torch::kBFloat16).to(torch::kFloat);
  }
}

}  // namespace

bool CpuMultipliesBfloat16() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

sweepformer::Result<Precision> Bfloat16Here() {
  if (CpuMultipliesBfloat16()) return Precision::kBfloat16;
  const char* const wish = std::getenv("SWEEPFORMER_BFLOAT16");
  if (wish != nullptr && std::string_view(wish) == "emulate") return Precision::kEmulatedBfloat16;
  return InvalidArgument(
      "precision = 'bfloat16', and this CPU cannot multiply it (it has no AVX512-BF16); use "
      "'float32' here, or another machine. With SWEEPFORMER_BFLOAT16=emulate in the environment "
      "the same roundings are made on float32 products, for accuracies, not for speeds");
}

bool HasProductKernels(const torch::Tensor& x) {
  return HasKernels(x) && process_precision == Precision::kFloat32;
}

PrecisionScope::PrecisionScope(Precision precision)
    : before_(std::exchange(process_precision, precision)) {}

PrecisionScope::~PrecisionScope() { process_precision = before_; }

torch::Tensor Product(const torch::Tensor& a, const torch::Tensor& b) {
  const Precision precision = PrecisionOf(a);
  return Result(torch::matmul(Operand(a, precision), Operand(b, precision)), precision);
}

torch::Tensor LinearProduct(const torch::Tensor& x, const torch::Tensor& weight,
                            const torch::Tensor& bias) {
  if (HasProductKernels(x)) return FastLinear(x, weight, bias);
  const Precision precision = PrecisionOf(x);
  return Result(
      torch::linear(Operand(x, precision), Operand(weight, precision), Operand(bias, precision)),
      precision);
}

torch::Tensor AddProduct(const torch::Tensor& sum, const torch::Tensor& a, const torch::Tensor& b,
                         double factor) {
  if (PrecisionOf(a) == Precision::kFloat32) return torch::baddbmm(sum, a, b, /*beta=*/1, factor);
  return torch::add(sum, Product(a, b), factor);
}

void AccumulateProduct(torch::Tensor sum, const torch::Tensor& a, const torch::Tensor& b,
                       double factor) {
  if (PrecisionOf(a) == Precision::kFloat32) {
    sum.baddbmm_(a, b, /*beta=*/1, factor);
  } else {
    sum.add_(Product(a, b), factor);
  }
}

}  // namespace sweepformer::model
