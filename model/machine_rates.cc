#include "model/machine_rates.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <limits>

#include "model/kernels/gemm.h"
#include "model/products.h"
#include "model/stopwatch.h"

namespace sweepformer::model {
namespace {

constexpr std::int64_t kSide = 512;            // of the matrices
constexpr std::int64_t kNumbers = 512 * 1024;  // of a tensor
constexpr int kRepeats = 8;

template <typename Call>
double BestSeconds(const Call& call) {
  call();  // the first one pays for pages and threads
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kRepeats; ++i) {
    const Stopwatch watch;
    call();
    best = std::min(best, watch.seconds());
  }
  return best;
}

/// As linear layers multiply, operands rounded before.
double SecondsOfProduct() {
  const auto ones = [](torch::ScalarType type) { return torch::ones({kSide, kSide}, type); };
  constexpr GemmShape kShape = {kSide, kSide, kSide};
  torch::Tensor c = ones(torch::kFloat);
  if (OperandType() == torch::kBFloat16) {
    const torch::Tensor a = ones(torch::kBFloat16), b = ones(torch::kBFloat16);
    const HalfView left{a.data_ptr<c10::BFloat16>(), kSide},
        right{b.data_ptr<c10::BFloat16>(), kSide};
    return BestSeconds([&] { Gemm(kShape, left, right, {}, c.data_ptr<float>(), kSide); });
  }
  const torch::Tensor a = ones(torch::kFloat), b = ones(torch::kFloat);
  const MatrixView left{a.data_ptr<float>(), kSide}, right{b.data_ptr<float>(), kSide};
  return BestSeconds([&] { Gemm(kShape, 1, left, right, 0, c.data_ptr<float>(), kSide); });
}

}  // namespace

MachineRates MeasureRates() {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = torch::ones({kNumbers}), y = torch::ones({kNumbers});
  torch::Tensor sum = torch::empty({kNumbers});
  MachineRates rates;
  rates.flops_per_second = ProductWork(kSide, kSide, kSide).flops / SecondsOfProduct();
  rates.bytes_per_second =
      3.0 * sizeof(float) * kNumbers / BestSeconds([&] { torch::add_out(sum, x, y); });
  return rates;
}

}  // namespace sweepformer::model
