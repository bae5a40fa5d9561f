#include "model/spectrum.h"

#include <ATen/ops/linalg_svdvals.h>

namespace sweepformer::model {

std::vector<std::vector<double>> CumulativeSpectra(const torch::Tensor& matrices) {
  const torch::Tensor values =
      at::linalg_svdvals(matrices.detach().to(torch::kCPU, torch::kFloat64)).cumsum(-1);
  const torch::Tensor shares = (values / values.slice(-1, -1)).contiguous();
  std::vector<std::vector<double>> spectra;
  for (std::int64_t head = 0; head < shares.size(0); ++head) {
    const double* const first = shares[head].data_ptr<double>();
    spectra.emplace_back(first, first + shares.size(1));
  }
  return spectra;
}

}  // namespace sweepformer::model
