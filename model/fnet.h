#pragma once

#include "model/attention.h"

namespace sweepformer::model {

/// The real part of the two-dimensional discrete Fourier transform over tokens and width, not
/// normalised (Lee-Thorp et al. 2021, arXiv:2105.03824, eq. 3): row u, column v of the result is
/// Σ x[a, b] cos(2π (u a / length + v b / C)).
///   x         [B, T, C] float, T <= length
///   length    of the transform over tokens: x counts as followed by zeros up to there
///   returns   [B, T, C], the first T rows
torch::Tensor FourierMix(const torch::Tensor& x, std::int64_t length);

/// FNet's token mixing: no parameters, no output projection, no dropout, no heads.
/// The length of the transform is part of what FNet computes. Here it is always max_length and
/// padding counts as zeros, so that the result depends neither on how far a sample was padded nor
/// on the rest of its batch; Google's code transforms whatever stands in the padding, too.
/// Time O(B·C·n·log(n·C)) for n = max_length, also for a short batch.
class FNetMixingImpl final : public AttentionImpl {
 public:
  explicit FNetMixingImpl(const AttentionOptions& options) : options_(options) {}

  /// Throws c10::Error if T > max_length.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& pad_mask) override;
  void reset_parameters() override {}

  /// Two real transforms of n·C numbers, 5/2·n·C·log2(n·C) flops; both passes written and read.
  Work ForwardWork(std::int64_t tokens) const override;
  Held HeldBy(std::int64_t tokens) const override;

 private:
  AttentionOptions options_;
};

TORCH_MODULE(FNetMixing);

}  // namespace sweepformer::model
