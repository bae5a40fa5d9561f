#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/state_archive.h"

namespace sweepformer::model {

/// The parameters of `module` that learn: all but the frozen ones, which require no gradient.
std::vector<torch::Tensor> TrainableParameters(const torch::nn::Module& module);

/// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with betas 0.9 and 0.999 and eps 1e-8.
/// Decoupled weight decay on matrices only (projections, E and F too, and the feed-forward layers),
/// not on biases, norms and embeddings (of tokens, positions, segments and relative positions), as
/// is usual for transformers: decay would shrink rare words' embeddings whether or not they occur.
/// Differs from torch::optim::AdamW in speed alone: a step makes no temporaries and goes through
/// memory once, which is what counts for an embedding table whose every row moves in every step.
class AdamW {
 public:
  /// Holds the trainable parameters of `module`, which share their storage with it. Frozen ones
  /// get neither moments nor decay.
  AdamW(const torch::nn::Module& module, double weight_decay);

  /// Forgets all gradients.
  void ClearGradients();

  /// Moves every parameter that has a gradient. With clip_norm > 0 gradients that together are
  /// longer count as if scaled down to that length, as torch.nn.utils.clip_grad_norm_ has it.
  void Step(double lr, double clip_norm = 0);

  /// The moments and the steps taken. Loading, parameters that had a gradient get one again, of
  /// zeros: the next ClearGradients forgets it, but until then it takes the memory it took.
  void Visit(StateArchive& archive);

 private:
  /// One parameter and its moments, as vectors.
  struct Slot {
    std::string name;
    torch::Tensor parameter;
    torch::Tensor mean;
    torch::Tensor square;
    double weight_decay = 0;
    std::int64_t steps = 0;  ///< in which it had a gradient
  };
  struct Rates;
  double GradientNorm() const;
  void Update(const Slot& slot, const Rates& rates);

  std::vector<Slot> slots_;
};

}  // namespace sweepformer::model
