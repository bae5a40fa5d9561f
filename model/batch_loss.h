#pragma once

#include <torch/types.h>

#include <optional>

#include "model/batch_tensors.h"
#include "model/classifier.h"

namespace sweepformer::model {

/// What a training step makes smaller, and what of it is told.
struct BatchLoss {
  torch::Tensor whole;              ///< scalar: cross-entropy and, weighted, the auxiliary loss
  torch::Tensor logits;             ///< [B, classes]
  double loss = 0;                  ///< mean cross-entropy of the batch, nats
  std::optional<double> auxiliary;  ///< without its weight, of designs that have one
};

/// Goes forward. On a GPU it waits for the figures.
BatchLoss LossOf(ClassifierImpl& model, const BatchTensors& batch);

}  // namespace sweepformer::model
