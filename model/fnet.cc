#include "model/fnet.h"

#include <ATen/ops/fft_fft.h>

#include <cmath>

namespace sweepformer::model {

torch::Tensor FourierMix(const torch::Tensor& x, std::int64_t length) {
  const torch::Tensor over_width = at::fft_fft(x, /*n=*/{}, /*dim=*/2);
  const torch::Tensor over_both = at::fft_fft(over_width, length, /*dim=*/1);
  return torch::real(over_both).narrow(1, 0, x.size(1)).contiguous();
}

torch::Tensor FNetMixingImpl::forward(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  TORCH_CHECK(x.size(1) <= options_.max_length, "a batch of ", x.size(1),
              " tokens is longer than max_length (", options_.max_length, ")");
  const bool padded = pad_mask.defined();
  return FourierMix(padded ? x.masked_fill(pad_mask.unsqueeze(-1), 0) : x, options_.max_length);
}

Work FNetMixingImpl::ForwardWork(std::int64_t /*tokens*/) const {
  const auto numbers = static_cast<double>(options_.max_length * options_.d_model);
  const double flops = 2.5 * numbers * std::log2(numbers);
  // Going backward it is one transform, not two.
  return Work{flops, 0, flops} + ElementWork(3.0 * numbers);
}

Held FNetMixingImpl::HeldBy(std::int64_t tokens) const {
  const auto rows = static_cast<double>(tokens * options_.d_model);
  const auto padded = static_cast<double>(options_.max_length * options_.d_model);
  return {rows, rows + 4 * padded};  // complex numbers before and after a transform
}

}  // namespace sweepformer::model
