#pragma once

#include <torch/nn/modules/conv.h>

#include <cstdint>
#include <vector>

#include "model/attention.h"
#include "model/cut_rows.h"
#include "model/parameter_reader.h"
#include "model/token_projection.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

// The Compressive Transformer (Rae et al. 2020, arXiv:1911.05507), which reads a text in segments
// and remembers what it has read: the last tokens as they are, older ones compressed to slots, the
// oldest not at all. Legend: s segment length, m memory length, c slots of compressed memory, r
// tokens in a slot.

/// What makes a slot of r tokens. In the order of the choices of 'compression_function'.
enum class Compression { kConvolution, kMean, kMax };

/// What a token sees of its own segment. In the order of the choices of 'segment_view'.
enum class SegmentView {
  kWhole,   ///< all of it: an encoder that reads a long text piece by piece
  kCausal,  ///< itself and what stands before it, as in the paper, for language modelling
};

struct MemoryOptions {
  std::int64_t segment_length = 32;     ///< s
  std::int64_t memory_length = 32;      ///< m
  std::int64_t compressed_length = 16;  ///< c
  std::int64_t ratio = 4;               ///< r
};

/// One segment: what it sees, and what leaves the memory once it has been read.
struct Segment {
  Range tokens;
  Range memory;  ///< the tokens right before it
  Range slots;   ///< of compressed memory, numbered from the oldest one ever made
  Range old;     ///< tokens that leave the memory after it; empty if no segment follows
  Range made;    ///< the slots made of them: r tokens each, the last one of what is left
};

/// How T tokens are read. Which tokens share a slot does not depend on T.
std::vector<Segment> PlanSegments(const MemoryOptions& options, std::int64_t tokens);

/// Rows that can be attended to: k, v [B, H, S, D]; none [B, S] bool, true = not there; may be
/// undefined.
struct KeysAndValues {
  torch::Tensor k, v, none;
};

/// The slots that the tokens leaving the memory become, of each segment in turn.
///   x         [B, H, T, D]
///   pad_mask  [B, T] bool, true = padding: not part of a slot; may be undefined
///   returns   [B, H, slots, D]: means or maxima of the real tokens
Slots PoolOldTokens(Compression compression, std::int64_t ratio,
                    const std::vector<Segment>& segments, const torch::Tensor& x,
                    const torch::Tensor& pad_mask = {});

/// Scaled dot-product attention of each segment's queries to its slots, its memory and itself.
///   q         [B, H, T, D]
///   returns   [B, H, T, D]; zeros for a sample that is all padding
/// Nothing in a row that is not there (NaN included) reaches the result. Time and memory
/// O(B·H·T·(s + m + c)).
torch::Tensor SegmentAttention(const std::vector<Segment>& segments, SegmentView view,
                               const torch::Tensor& q, const KeysAndValues& tokens,
                               const KeysAndValues& slots, double dropout = 0.0);

/// What attention loses by compression: the mean squared difference between each segment's
/// attention to the tokens that leave the memory after it and to the slots made of them, over its
/// real queries (the paper's attention-reconstruction loss, algorithm 2). Undefined where nothing
/// is compressed.
torch::Tensor ReconstructionLoss(const std::vector<Segment>& segments, const torch::Tensor& q,
                                 const KeysAndValues& tokens, const KeysAndValues& slots);

struct CompressiveOptions {
  AttentionOptions attention;
  MemoryOptions memory;
  Compression compression = Compression::kConvolution;
  SegmentView view = SegmentView::kWhole;
  double reconstruction_weight = 1;  ///< of the auxiliary loss; 0: none
};

/// Self-attention with a compressed memory. What is remembered are the layer's inputs; keys and
/// values are projected from them. A convolution is torch.nn.Conv1d(C, C, r, stride=r),
/// "compression"; it starts as the mean. A slot of fewer than r tokens is filled up with zeros on
/// the right, which a mean or maximum leaves out.
/// Deviations from the paper: positions are those of the embeddings, not relative; a text is read
/// in one pass, so the gradient flows through memory and compression, which therefore learns from
/// the classifier's loss too. The auxiliary loss reaches the convolution alone, as in the paper.
class CompressiveAttentionImpl final : public MultiHeadAttentionImpl {
 public:
  explicit CompressiveAttentionImpl(const CompressiveOptions& options);

  void reset_parameters() override;

  AuxiliaryLoss auxiliary_loss() const override { return auxiliary_loss_; }

 protected:
  Work CoreWork(std::int64_t tokens) const override;
  Held CoreHeld(std::int64_t tokens) const override;
  std::int64_t KeyRows(std::int64_t tokens) const override;
  torch::Tensor MixHeads(const torch::Tensor& x, const torch::Tensor& pad_mask) override;
  torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const torch::Tensor& pad_mask) override;

 private:
  void ResetCompression();
  bool Reconstructs() const;
  Work CompressionWork(std::int64_t slots) const;
  Work ReconstructionWork(const std::vector<Segment>& segments) const;
  Slots Compress(const std::vector<Segment>& segments, const torch::Tensor& x,
                 const torch::Tensor& pad_mask) const;
  torch::Tensor Reconstruct(const std::vector<Segment>& segments, const torch::Tensor& x,
                            const torch::Tensor& q, const KeysAndValues& tokens);

  CompressiveOptions options_;
  torch::nn::Conv1d compression_{nullptr};
  AuxiliaryLoss auxiliary_loss_;
};

TORCH_MODULE(CompressiveAttention);

/// What the design reads from a run's parameters.
std::vector<ParameterSpec> CompressiveParameters();
std::vector<ParameterCheck> CompressiveChecks();
CompressiveOptions ReadCompressiveOptions(const AttentionOptions& attention,
                                          ParameterReader& reader);

}  // namespace sweepformer::model
