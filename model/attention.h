#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/held.h"
#include "model/linear.h"
#include "model/positions.h"
#include "model/work.h"

// Legend of model/: B batch, T tokens of this batch, n max_length, C width (d_model), H heads,
// D = C/H, k projected length, V vocabulary. A pad_mask is [B, T] bool, true = padding, as in
// torch.

namespace sweepformer::model {

/// What every attention design is built from.
struct AttentionOptions {
  std::int64_t d_model = 128;              ///< C
  std::int64_t heads = 4;                  ///< H, divides d_model
  std::int64_t max_length = 128;           ///< n, the longest batch there will be
  double dropout = 0.0;                    ///< of the attention weights, while training
  Positions positions = Positions::kNone;  ///< those of InAttention are the sublayer's to add
  bool analysis = false;                   ///< whether Diagnose tells of the attention weights
};

/// What a sublayer can tell of how it mixed some samples, by name.
struct Diagnosis {
  std::map<std::string, double> numbers;
  /// For each head a series of numbers; one that is shorter than another goes on as it ends.
  std::map<std::string, std::vector<std::vector<double>>> by_head;
};

/// Something a design wants small besides the classifier's loss.
struct AuxiliaryLoss {
  torch::Tensor value;  ///< a scalar; undefined: there is none
  double weight = 0;    ///< times which it is added to the loss
};

/// The token-mixing sublayer of an encoder layer: the one interface of all designs.
class AttentionImpl : public torch::nn::Module {
 public:
  /// Mixes the tokens of each sample.
  ///   x         [B, T, C] float, T <= max_length
  ///   pad_mask  [B, T] bool, true = padding; undefined: no padding in this batch
  ///   returns   [B, T, C]; rows of padding hold nothing of use
  /// What stands in the padded rows of x (NaN included) does not reach the other rows.
  virtual torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& pad_mask) = 0;

  /// Gives the parameters their initial values, drawn from torch's global generator.
  virtual void reset_parameters() = 0;

  /// What forward takes for one sample of T tokens.
  virtual Work ForwardWork(std::int64_t tokens) const = 0;

  /// What training holds for one sample of T tokens.
  virtual Held HeldBy(std::int64_t tokens) const = 0;

  /// Training batches since it last drew at random; 0 for designs that never draw again. With the
  /// parameters, the buffers and torch's generator, all that training changes.
  virtual std::int64_t batches_since_draw() const { return 0; }
  virtual void set_batches_since_draw(std::int64_t) {}

  /// That of the last forward in training.
  virtual AuxiliaryLoss auxiliary_loss() const { return {}; }

  /// What there is to tell of mixing one sample without padding, x [1, T, C], in evaluation and
  /// without gradients; changes nothing and draws nothing. Empty for designs that tell nothing.
  virtual Diagnosis Diagnose(const torch::Tensor& /*x*/) { return {}; }

  /// How many slots hold T real tokens for every query to see; 0 where the design has none.
  virtual std::int64_t CompressedLength(std::int64_t /*tokens*/) const { return 0; }
};

/// Holds any design. A plain pointer: torch's ModuleHolder wants a concrete class.
using Attention = std::shared_ptr<AttentionImpl>;

/// Multi-head attention around a core that subclasses supply: q_proj, k_proj and v_proj with bias,
/// the core on each head, out_proj with bias. 4(C² + C) parameters besides those of the core.
class MultiHeadAttentionImpl : public AttentionImpl {
 public:
  /// Positions::kInfused are added here for every design; Positions::kRelative are the core's.
  /// Throws c10::Error if the heads do not divide d_model.
  explicit MultiHeadAttentionImpl(const AttentionOptions& options);

  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& pad_mask) final;

  /// Xavier-uniform weights, each matrix by itself, and zero biases. torch.nn.MultiheadAttention
  /// draws q, k and v together, √2 smaller, and leaves out_proj √3 smaller.
  void reset_parameters() override;

  const AttentionOptions& options() const { return options_; }

  /// The four linear layers and the core.
  Work ForwardWork(std::int64_t tokens) const final;

  /// x, the input of out_proj, and the core.
  Held HeldBy(std::int64_t tokens) const final;

 protected:
  /// What the core takes for one sample of T tokens.
  virtual Work CoreWork(std::int64_t tokens) const = 0;

  /// What it holds, queries, keys and values in whatever form included.
  virtual Held CoreHeld(std::int64_t tokens) const = 0;

  /// Numbers of [T, C].
  double RowNumbers(std::int64_t tokens) const {
    return static_cast<double>(tokens * options_.d_model);
  }

  /// How many rows k_proj and v_proj see.
  virtual std::int64_t KeyRows(std::int64_t tokens) const { return tokens; }

  /// All between x and out_proj: x [B, T, C] → [B, H, T, D]. Attend on the three projections of x;
  /// for designs that need more of x than these.
  virtual torch::Tensor MixHeads(const torch::Tensor& x, const torch::Tensor& pad_mask);

  /// The core: q, k, v [B, H, T, D] → [B, H, T, D]. pad_mask as in forward.
  virtual torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& pad_mask) = 0;

  /// x [B, T, C] as queries and keys are made of it: with infused positions, where there are any.
  torch::Tensor Placed(const torch::Tensor& x) { return positions_ ? positions_(x) : x; }

  /// Dropout probability that holds now: zero in evaluation.
  double active_dropout() const { return is_training() ? options_.dropout : 0.0; }

  /// q and k of Placed(x), and v of x [B, T, C]: [B, H, T, D].
  torch::Tensor Queries(const torch::Tensor& x) { return SplitHeads(q_proj_(x)); }
  torch::Tensor Keys(const torch::Tensor& x) { return SplitHeads(k_proj_(x)); }
  torch::Tensor Values(const torch::Tensor& x) { return SplitHeads(v_proj_(x)); }

  /// Keys and Values of rows that are sums of tokens, each token times a weight: `sums` [B, R] is
  /// what the weights of a row add up to, and so how often the bias is in it.
  torch::Tensor KeysOfSums(const torch::Tensor& x, const torch::Tensor& sums) {
    return SplitHeads(OfSums(k_proj_, x, sums));
  }
  torch::Tensor ValuesOfSums(const torch::Tensor& x, const torch::Tensor& sums) {
    return SplitHeads(OfSums(v_proj_, x, sums));
  }

  /// Whether Keys and Values are linear in x in training too, when adapters may drop some of it:
  /// that of a sum is the sum of those.
  bool KeysAndValuesTrainLinearly() const;

  /// Keys and Values whose gradient reaches x alone.
  torch::Tensor FrozenKeys(const torch::Tensor& x) { return SplitHeads(k_proj_->ForwardFrozen(x)); }
  torch::Tensor FrozenValues(const torch::Tensor& x) {
    return SplitHeads(v_proj_->ForwardFrozen(x));
  }

  /// [B, T, C] → [B, H, T, D]
  torch::Tensor SplitHeads(const torch::Tensor& projected) const;

 private:
  static torch::Tensor OfSums(Linear& projection, const torch::Tensor& x,
                              const torch::Tensor& sums);

  AttentionOptions options_;
  Linear q_proj_{nullptr}, k_proj_{nullptr}, v_proj_{nullptr}, out_proj_{nullptr};
  PositionTable positions_{nullptr};  // of Positions::kInfused
};

/// The parameters of `layers` together, each shared one counted once.
std::int64_t CountParameters(const std::vector<Attention>& layers);

}  // namespace sweepformer::model
