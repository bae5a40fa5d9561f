#include "model/key_padding.h"

#include <limits>

namespace sweepformer::model {

torch::Tensor ZeroPadding(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  return pad_mask.defined() ? x.masked_fill(pad_mask.view({x.size(0), 1, x.size(2), 1}), 0) : x;
}

torch::Tensor ScoreBias(const torch::Tensor& k, const torch::Tensor& pad_mask) {
  const std::int64_t batch = k.size(0), heads = k.size(1), keys = k.size(2);
  if (!pad_mask.defined()) return k.new_zeros({1, 1, 1});
  return k.new_zeros({batch, heads, keys})
      .masked_fill_(pad_mask.view({batch, 1, keys}), std::numeric_limits<float>::lowest())
      .view({batch * heads, 1, keys});
}

}  // namespace sweepformer::model
