#include "model/fnet.h"

#include <ATen/ops/fft_fft.h>

namespace sweepformer::model {

torch::Tensor FourierMix(const torch::Tensor& x, std::int64_t length) {
  const torch::Tensor over_width = at::fft_fft(x, /*n=*/{}, /*dim=*/2);
  const torch::Tensor over_both = at::fft_fft(over_width, length, /*dim=*/1);
  return torch::real(over_both).narrow(1, 0, x.size(1)).contiguous();
}

torch::Tensor FNetMixingImpl::forward(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  TORCH_CHECK(x.size(1) <= max_length_, "a batch of ", x.size(1),
              " tokens is longer than max_length (", max_length_, ")");
  const bool padded = pad_mask.defined();
  return FourierMix(padded ? x.masked_fill(pad_mask.unsqueeze(-1), 0) : x, max_length_);
}

}  // namespace sweepformer::model
