#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "datasets/prepare.h"
#include "model/attention.h"
#include "model/model_options.h"
#include "model/safetensors.h"
#include "orchestrator/core/value.h"

// What the tests of model/ share.

namespace sweepformer::model::testing {

/// The largest absolute difference; infinite where either holds a NaN.
double MaxDifference(const torch::Tensor& a, const torch::Tensor& b);

/// The wave the golden vectors start from: [n, d], sin(0.7 i + 1.3 j + shift), i and j from 1.
torch::Tensor Wave(std::int64_t n, std::int64_t d, double shift);

/// One head: [n, d] → [1, 1, n, d].
torch::Tensor OneHead(const torch::Tensor& matrix);

/// A golden matrix of width 3 (testdata/golden_attention.h) as one head, [1, 1, n, 3].
torch::Tensor GoldenTensor(at::ArrayRef<double> matrix);

/// [B, T] bool, true = padding: sample b has real_lengths[b] tokens.
torch::Tensor PadAfter(const std::vector<std::int64_t>& real_lengths, std::int64_t tokens);

/// Token ids in 1..vocab_size - 1, float-free and reproducible; zeros from real_lengths[b] on.
torch::Tensor Tokens(const std::vector<std::int64_t>& real_lengths, std::int64_t tokens,
                     std::int64_t vocab_size);

/// Compares the gradients of `leaves` with central differences (h = 1e-6, float64) of
/// sum(function() * fixed random weights): the largest |analytic - numeric| / (1 + |numeric|).
double GradientError(const std::function<torch::Tensor()>& function,
                     const std::vector<torch::Tensor>& leaves);

/// GradientError of everything a module learns, in float64, and of x: the module on
/// x [B, T, C] and pad_mask. Leaves the module in float64.
double ModuleGradientError(AttentionImpl& module, const torch::Tensor& x,
                           const torch::Tensor& pad_mask);

/// What EmitSafetensors emits, as one text.
std::string FormatSafetensors(const TensorFile& file);

/// `base` with the values of `more` in place of its own.
Parameters With(Parameters base, const Parameters& more);

/// What a run of the smallest sensible model on synthetic reviews has: attention is `attention`.
Parameters TinyRun(const std::string& attention, const Parameters& more = {});

/// The model and the data of a run. The parameters must be right and the data there.
ModelOptions OptionsOf(const Parameters& parameters);
datasets::PreparedData DataOf(const Parameters& parameters, std::int64_t seed = 0);

}  // namespace sweepformer::model::testing
