#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/state_archive.h"

namespace sweepformer::model {

/// Which figure of the validation part says what epoch is best. In the order of the choices of the
/// parameter 'best_epoch_by'.
enum class BestBy { kMcc, kAccuracy };

/// How a model does on the validation part.
struct ValidFigures {
  double accuracy = 0;
  double mcc = 0;  ///< Matthews correlation (matthews.h)
};

/// Keeps in memory the weights that learn, and the buffers, of the epoch with the highest figure on
/// validation; of equal ones, of the earliest. Holds a reference to the module.
class BestWeights {
 public:
  BestWeights(torch::nn::Module& module, BestBy by);

  /// How the module does now, after `epoch`; epochs come in rising order, from 1.
  void Offer(std::int64_t epoch, const ValidFigures& valid);

  /// Gives the module the weights of epoch(). At least one epoch was offered.
  void Restore();

  /// The weights kept, and of which epoch.
  void Visit(StateArchive& archive);

  std::int64_t epoch() const { return epoch_; }
  const ValidFigures& valid() const { return valid_; }

 private:
  double Deciding(const ValidFigures& valid) const;

  BestBy by_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> live_;
  std::vector<torch::Tensor> kept_;
  std::int64_t epoch_ = 0;
  ValidFigures valid_;
};

}  // namespace sweepformer::model
