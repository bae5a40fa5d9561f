#pragma once

#include <vector>

#include "model/attention.h"
#include "model/parameter_reader.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

// FAVOR+ (Choromanski et al. 2021, arXiv:2009.14794): softmax attention estimated by random
// features, linear in T. Legend: m random directions, M features per vector.

/// Which features estimate the softmax kernel exp(q·k). In the order of the choices of the
/// parameter 'feature_kind'.
enum class FeatureKind {
  kPositive,       ///< exp(w·x - |x|²/2), M = m (lemma 1)
  kHyperbolic,     ///< exp(±w·x - |x|²/2), M = 2m: half the variance or less (lemma 1)
  kTrigonometric,  ///< exp(|x|²/2) sin and cos of w·x, M = 2m: negative weights can occur
};

/// Directions w: rows orthogonal within blocks of D and with the lengths of Gaussian vectors, or
/// independent. In the order of the choices of the parameter 'feature_draw'.
enum class FeatureDraw { kOrthogonal, kIndependent };

/// [m, D] from torch's global generator. More than D orthogonal rows are blocks of their own.
torch::Tensor DrawDirections(FeatureDraw draw, std::int64_t m, std::int64_t dimensions);

/// Features of x [..., D], with directions [m, D], up to a factor exp(shift):
///   features · exp(shift) is the paper's φ(x), divided by √M; φ(x)·φ(y) estimates exp(x·y).
struct RandomFeatures {
  torch::Tensor exponent;  ///< [..., M]: for the first two kinds the logarithm of the features
  torch::Tensor factor;    ///< [..., M], sin and cos; undefined for the other kinds

  /// The features times exp(-shift), shift broadcast against [..., M].
  torch::Tensor Value(const torch::Tensor& shift) const;
};
RandomFeatures FeaturesOf(FeatureKind kind, const torch::Tensor& x,
                          const torch::Tensor& directions);

/// Attention with exp(q·k/√D) estimated by random features.
///   q, k, v    [B, H, T, D] float
///   pad_mask   [B, T] bool, true = padding: gone from numerator and normaliser; may be undefined
///   returns    [B, H, T, D]; zeros for a sample that is all padding
/// Exponents are shifted before exp: queries by their own largest, keys by the largest of the real
/// keys of their sample and head. Either shift cancels in the quotient, so unlike a maximum over
/// the whole batch or over padding it leaks nothing. Nothing in a padded row of k or v (NaN
/// included) reaches the result. Time and memory O(B·H·T·M) and O(B·H·M·D).
torch::Tensor FavorAttention(FeatureKind kind, const torch::Tensor& q, const torch::Tensor& k,
                             const torch::Tensor& v, const torch::Tensor& directions,
                             const torch::Tensor& pad_mask = {});

struct PerformerOptions {
  AttentionOptions attention;
  std::int64_t features = 128;  ///< m
  FeatureKind kind = FeatureKind::kPositive;
  FeatureDraw draw = FeatureDraw::kOrthogonal;
  std::int64_t redraw_interval = 1000;  ///< training batches between two draws; 0: never again
};

/// Self-attention by FavorAttention. One set of directions per layer, for all heads; drawn anew
/// every redraw_interval training batches, fixed in evaluation. No attention weights, so dropout
/// reaches the other sublayers only.
class PerformerAttentionImpl final : public MultiHeadAttentionImpl {
 public:
  explicit PerformerAttentionImpl(const PerformerOptions& options);

  void reset_parameters() override;

  /// attention_error: the Frobenius norm of what the core gives minus what exact softmax attention
  /// gives from the same q, k and v, divided by that of the latter.
  Diagnosis Diagnose(const torch::Tensor& x) override;

  std::int64_t batches_since_draw() const override { return batches_; }
  void set_batches_since_draw(std::int64_t batches) override { batches_ = batches; }

 protected:
  Work CoreWork(std::int64_t tokens) const override;
  Held CoreHeld(std::int64_t tokens) const override;
  torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const torch::Tensor& pad_mask) override;

 private:
  void Redraw();

  PerformerOptions options_;
  torch::Tensor directions_;  // buffer [m, D]
  std::int64_t batches_ = 0;  // in training, since the last draw
};

TORCH_MODULE(PerformerAttention);

/// What the design reads from a run's parameters.
std::vector<ParameterSpec> PerformerParameters();
PerformerOptions ReadPerformerOptions(const AttentionOptions& attention, ParameterReader& reader);

}  // namespace sweepformer::model
