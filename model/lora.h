#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "model/linear.h"
#include "model/parameter_reader.h"
#include "model/safetensors.h"
#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"

namespace sweepformer::model {

// LoRA (Hu et al. 2021, arXiv:2106.09685): a model whose weights stay as they are but for a
// low-rank update of some of them. linear.h holds one layer's.

/// Which linear layers of the encoder get an adapter. In the order of the choices of the parameter
/// 'lora_targets'.
enum class LoraTargets {
  kQueryValue,   ///< q_proj and v_proj, the paper's choice; Longformer's global ones too
  kAttention,    ///< all projections of the attention sublayers
  kFeedForward,  ///< linear1 and linear2
  kAll,          ///< attention and feed-forward
};

struct LoraOptions {
  Adapter adapter;
  LoraTargets targets = LoraTargets::kQueryValue;
};

/// Gives the linear layers in question an adapter and freezes all else but the classifier's last
/// layer ("classifier"), which has to learn what the labels mean: embeddings, positions, norms,
/// biases and what a design has besides linear layers stay as they are. Draws from torch's global
/// generator.
void AddAdapters(torch::nn::Module& model, const LoraOptions& options);

/// Linear::Merge of all of the model's layers: merged it takes what a model without adapters does,
/// the way to deploy it.
void MergeAdapters(torch::nn::Module& model);

/// α of the model's adapters; nullopt if it has none.
std::optional<double> LoraAlphaOf(const torch::nn::Module& model);

/// The layers whose adapters were merged into their weights, the adapters dropped: so the weights
/// of a run with adapters fit any model. The metadata must give α under kLoraAlpha.
/// InvalidArgument if they don't or an adapter does not fit its weight.
inline constexpr const char* kLoraAlpha = "lora_alpha";
Result<std::int64_t> MergeAdapters(TensorFile& weights);

/// What a run of an encoder reads from its parameters; nullopt: no adapters.
std::vector<ParameterSpec> LoraParameters();
std::vector<ParameterCheck> LoraChecks();
std::optional<LoraOptions> ReadLoraOptions(std::int64_t d_model, ParameterReader& reader);

}  // namespace sweepformer::model
