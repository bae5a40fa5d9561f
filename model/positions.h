#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>

namespace sweepformer::model {

/// How tokens learn where they stand.
enum class Positions { kLearned, kSinusoidal, kNone };

/// The standard deviation token and position embeddings start with, as in BERT.
inline constexpr double kEmbeddingDeviation = 0.02;

/// The fixed table of Vaswani et al. 2017 (arXiv:1706.03762, section 3.5): [n, C], column 2i is
/// sin(t / 10000^(2i/C)) and column 2i+1 the cosine. C may be odd.
torch::Tensor SinusoidalTable(std::int64_t max_length, std::int64_t d_model);

/// What is added to the token embeddings: a learned table, a fixed one or nothing.
/// The sinusoidal table is scaled to the root mean square learned positions start with; the paper
/// instead scales the token embeddings up by √C. What counts is that neither drowns the other.
class PositionTableImpl : public torch::nn::Module {
 public:
  PositionTableImpl(Positions kind, std::int64_t max_length, std::int64_t d_model);

  /// x [B, T, C] → [B, T, C]. Throws c10::Error if T > max_length and there is a table.
  torch::Tensor forward(const torch::Tensor& x) const;

  void reset_parameters();

 private:
  torch::Tensor weight_;  // [n, C]; undefined for Positions::kNone
};

TORCH_MODULE(PositionTable);

}  // namespace sweepformer::model
