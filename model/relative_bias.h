#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>

// T5's relative position bias (Raffel et al. 2020, arXiv:1910.10683, section 2.1): a number for
// each head and bucket of distances, added to the score of a query i and a key j by their offset j
// - i. By offset: [H, 2T - 1], at j - i + T - 1 what the pair's score gets.

namespace sweepformer::model {

inline constexpr std::int64_t kRelativeBuckets = 32;

/// The buckets of the offsets 1 - T … T - 1, [2T - 1] int64: as T5's encoder has them, 16 for keys
/// behind a query and itself, 16 for those ahead; of each 16, eight are one distance wide, the
/// others grow with the logarithm, and the last holds all distances beyond 90.
torch::Tensor RelativeBuckets(std::int64_t tokens);

/// The learned numbers: weight [kRelativeBuckets, H]. Start as all position embeddings do.
class RelativeAttentionBiasImpl : public torch::nn::Module {
 public:
  explicit RelativeAttentionBiasImpl(std::int64_t heads);

  /// By offset, for T tokens.
  torch::Tensor forward(std::int64_t tokens) const;

  void reset_parameters();

 private:
  torch::Tensor weight_;
};

TORCH_MODULE(RelativeAttentionBias);

/// What is added to the scores of the queries first_row … first_row + rows - 1: [H, rows, T].
torch::Tensor BiasOfRows(const torch::Tensor& by_offset, std::int64_t first_row, std::int64_t rows);

/// Its transpose: adds scores [H, rows, T] of these queries up by offset. Returns [H, rows + T -
/// 1], of which the first stands at T - rows - first_row of the 2T - 1 offsets.
torch::Tensor SumByOffset(const torch::Tensor& scores);

}  // namespace sweepformer::model
