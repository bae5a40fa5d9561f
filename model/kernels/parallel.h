#pragma once

#include <ATen/Config.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

// Without it at::parallel_for, which is compiled with what calls it, runs on one thread and says
// nothing.
#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
#error "to be compiled with OpenMP (-fopenmp)"
#endif

namespace sweepformer::model {

/// Threads among which to share work on so many numbers: each has enough to be worth its start.
inline std::int64_t TasksFor(std::int64_t numbers) {
  constexpr std::int64_t kLeastNumbers = 32768;
  return std::clamp<std::int64_t>(numbers / kLeastNumbers, 1, at::get_num_threads());
}

/// Whether LibTorch's BLAS sums up the gradients of weights, products aᵀ b of float32 over many
/// rows: on one thread. On several its threads and those of everything else would keep each other
/// from their CPUs (step_bench --threads 2).
inline bool BlasSumsWeightGradients() { return at::get_num_threads() == 1; }

}  // namespace sweepformer::model
