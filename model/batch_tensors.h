#pragma once

#include <torch/types.h>

#include "datasets/batches.h"

namespace sweepformer::model {

/// A batch as the model takes it.
struct BatchTensors {
  torch::Tensor tokens;  ///< [B, T] int64
  torch::Tensor labels;  ///< [B] int64
};

/// On the CPU without a copy: valid as long as `batch`.
BatchTensors ToTensors(datasets::Batch& batch, torch::Device device);

}  // namespace sweepformer::model
