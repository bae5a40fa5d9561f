#pragma once

#include <torch/nn/module.h>
#include <torch/optim/adamw.h>

#include <vector>

namespace sweepformer::model {

/// The parameters of a module, parted by whether weight decay pulls on them.
struct DecayGroups {
  std::vector<torch::Tensor> decayed;    ///< matrices: projections (E and F too), feed-forward
  std::vector<torch::Tensor> undecayed;  ///< biases, norms, token and position embeddings
};

DecayGroups PartByDecay(const torch::nn::Module& module);

/// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with betas 0.9 and 0.999 and eps 1e-8.
/// Decoupled weight decay on PartByDecay's decayed parameters only, as is usual for transformers:
/// decay would shrink rare words' embeddings whether or not they occur.
torch::optim::AdamW MakeAdamW(const torch::nn::Module& module, double lr, double weight_decay);

/// Takes effect with the next step.
void SetLearningRate(torch::optim::AdamW& optimizer, double lr);

}  // namespace sweepformer::model
