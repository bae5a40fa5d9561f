#include "model/relative_bias.h"

#include <torch/nn/init.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include "model/positions.h"

namespace sweepformer::model {
namespace {

/// T5's bucket of a distance among the 16 of its direction: the distance itself below 8, then two
/// for each doubling. 8 + ⌊8 · log(distance / 8) / log(128 / 8)⌋ in whole numbers, without the
/// rounding of logarithms.
std::int64_t BucketOfDistance(std::int64_t distance) {
  constexpr std::int64_t kOneWide = 8, kLast = 15;
  if (distance < kOneWide) return distance;
  const auto square = static_cast<std::uint64_t>(distance * distance);
  return std::min<std::int64_t>(std::bit_width(square) + 1, kLast);
}

}  // namespace

torch::Tensor RelativeBuckets(std::int64_t tokens) {
  std::vector<std::int64_t> buckets;
  for (std::int64_t offset = 1 - tokens; offset < tokens; ++offset) {
    const std::int64_t ahead = offset > 0 ? kRelativeBuckets / 2 : 0;
    buckets.push_back(ahead + BucketOfDistance(std::abs(offset)));
  }
  return torch::tensor(buckets, torch::kInt64);
}

RelativeAttentionBiasImpl::RelativeAttentionBiasImpl(std::int64_t heads) {
  weight_ = register_parameter("weight", torch::empty({kRelativeBuckets, heads}));
  reset_parameters();
}

void RelativeAttentionBiasImpl::reset_parameters() {
  torch::nn::init::normal_(weight_, 0.0, kEmbeddingDeviation);
}

torch::Tensor RelativeAttentionBiasImpl::forward(std::int64_t tokens) const {
  return weight_.index_select(0, RelativeBuckets(tokens).to(weight_.device())).t().contiguous();
}

torch::Tensor BiasOfRows(const torch::Tensor& by_offset, std::int64_t first_row,
                         std::int64_t rows) {
  const std::int64_t tokens = (by_offset.size(1) + 1) / 2;
  // Window w of the offsets is what query T - 1 - w adds to its scores, so rows come out reversed.
  return by_offset.narrow(1, tokens - first_row - rows, rows + tokens - 1)
      .unfold(1, tokens, 1)
      .flip(1);
}

torch::Tensor SumByOffset(const torch::Tensor& scores) {
  const std::int64_t heads = scores.size(0), rows = scores.size(1), tokens = scores.size(2);
  const std::int64_t width = rows + tokens;
  // Rows that are one number too long, read as rows of the right length, are each shifted by one
  // more place: then columns are offsets.
  const torch::Tensor padded = torch::constant_pad_nd(scores.flip(1), {0, rows});
  return padded.flatten(1).narrow(1, 0, rows * (width - 1)).view({heads, rows, width - 1}).sum(1);
}

}  // namespace sweepformer::model
