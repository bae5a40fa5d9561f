#pragma once

#include <cstdint>
#include <string>

namespace sweepformer::bench {

/// What of a training step has matrix products.
struct StepShape {
  std::string design;  ///< "full" or "linformer" (its keys and values projected apart)
  std::int64_t batch = 0, tokens = 0, slots = 0;
  std::int64_t layers = 0, d_model = 0, d_ff = 0, heads = 0;
};

/// Seconds that the matrix products of a training step's encoder take by themselves, forward and
/// backward, in float32, each by the faster of oneDNN and LibTorch's BLAS: what a step is measured
/// against. Those of the same shape and place are measured once. 0 for another design.
double SecondsOfProducts(const StepShape& step);

}  // namespace sweepformer::bench
