#pragma once

#include <ATen/core/Tensor.h>

#include "model/attention.h"

namespace sweepformer::model {

/// The backward pass of `out`, whose gradient is given, together with what the forward pass added
/// to the loss.
void Backward(const torch::Tensor& out, const torch::Tensor& gradient,
              const AuxiliaryLoss& auxiliary);

}  // namespace sweepformer::model
