#pragma once

#include "model/work.h"

namespace sweepformer::model {

/// What a machine can do on the threads that are set.
struct MachineRates {
  double flops_per_second = 0;  ///< in matrix products of OperandType (products.h)
  double bytes_per_second = 0;  ///< read and written, element by element

  /// The least time for `work` if its two parts do not overlap.
  double SecondsFor(const Work& work) const {
    return work.flops / flops_per_second + work.bytes / bytes_per_second;
  }
};

/// Measures both in some hundredths of a second, the best of several repeats each: a product of
/// 512 x 512 matrices, and the sum of two tensors of 2 MiB, the size of a layer's activations.
MachineRates MeasureRates();

}  // namespace sweepformer::model
