#include "model/machine_rates.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <limits>

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

}  // namespace

MachineRates MeasureRates() {
  const torch::NoGradGuard no_grad;
  const torch::Tensor a = torch::ones({kSide, kSide}), b = torch::ones({kSide, kSide});
  const torch::Tensor x = torch::ones({kNumbers}), y = torch::ones({kNumbers});
  torch::Tensor sum = torch::empty({kNumbers});
  MachineRates rates;
  rates.flops_per_second =
      ProductWork(kSide, kSide, kSide).flops / BestSeconds([&] { (void)Product(a, b); });
  rates.bytes_per_second =
      3.0 * sizeof(float) * kNumbers / BestSeconds([&] { torch::add_out(sum, x, y); });
  return rates;
}

}  // namespace sweepformer::model
