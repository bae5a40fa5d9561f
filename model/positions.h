#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>

namespace sweepformer::model {

/// How tokens learn where they stand. In the order of the choices of the parameter 'positions'.
enum class Positions {
  kLearned,     ///< a learned table, added to the token embeddings
  kSinusoidal,  ///< a fixed one
  kNone,
  kRelative,  ///< a number for each distance, added to the scores of every layer (relative_bias.h)
  kInfused,  ///< a fixed table, added to what queries and keys of every layer are made of (Press et
             ///< al. 2020, arXiv:2012.15832): neither values nor token embeddings hold positions
};

/// Whether it is the attention sublayers that see where tokens stand, not the token embeddings.
inline bool InAttention(Positions kind) {
  return kind == Positions::kRelative || kind == Positions::kInfused;
}

/// The standard deviation token and position embeddings start with, as in BERT.
inline constexpr double kEmbeddingDeviation = 0.02;

/// The fixed table of Vaswani et al. 2017 (arXiv:1706.03762, section 3.5): [n, C], column 2i is
/// sin(t / 10000^(2i/C)) and column 2i+1 the cosine. C may be odd.
torch::Tensor SinusoidalTable(std::int64_t max_length, std::int64_t d_model);

/// What is added to tokens: a learned table, a fixed one or, for all other kinds, nothing.
/// The sinusoidal table is scaled to the root mean square learned positions start with; the paper
/// instead scales the token embeddings up by √C. What counts is that neither drowns the other.
/// That of infused positions has its natural size, as its paper has it: it meets layer norms'
/// results, so that a run with norm = 'post', whose first layer has none before it, is refused.
class PositionTableImpl : public torch::nn::Module {
 public:
  PositionTableImpl(Positions kind, std::int64_t max_length, std::int64_t d_model);

  /// x [B, T, C] → [B, T, C]. Throws c10::Error if T > max_length and there is a table.
  torch::Tensor forward(const torch::Tensor& x) const;

  void reset_parameters();

 private:
  torch::Tensor weight_;  // [n, C]; undefined where nothing is added
};

TORCH_MODULE(PositionTable);

}  // namespace sweepformer::model
