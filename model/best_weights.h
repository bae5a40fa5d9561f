#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/state_archive.h"

namespace sweepformer::model {

/// Keeps in memory the weights that learn, and the buffers, of the epoch with the highest
/// validation accuracy; of equal ones, of the earliest. Holds a reference to the module.
class BestWeights {
 public:
  explicit BestWeights(torch::nn::Module& module);

  /// How the module does now, after `epoch`; epochs come in rising order.
  void Offer(std::int64_t epoch, double valid_accuracy);

  /// Gives the module the weights of epoch(). At least one epoch was offered.
  void Restore();

  /// The weights kept, and of which epoch.
  void Visit(StateArchive& archive);

  std::int64_t epoch() const { return epoch_; }
  double valid_accuracy() const { return valid_accuracy_; }

 private:
  std::vector<std::string> names_;
  std::vector<torch::Tensor> live_;
  std::vector<torch::Tensor> kept_;
  std::int64_t epoch_ = 0;
  double valid_accuracy_ = -1;
};

}  // namespace sweepformer::model
