#pragma once

#include <cstdint>
#include <string>

namespace sweepformer::model {

/// What computes the numbers of a run; recorded with every attempt.
struct Platform {
  std::string libtorch;        ///< version, e.g. "1.13.1"
  std::string blas;            ///< OpenBLAS with its version and kernel, or "not OpenBLAS"
  std::string onednn;          ///< oneDNN's version and the instruction set it chose
  std::string cpu_capability;  ///< instruction set LibTorch's kernels chose, e.g. "AVX2"
  int threads = 1;             ///< of LibTorch (OpenMP)
  int blas_threads = 1;        ///< of OpenBLAS; 1 for a BLAS that cannot be asked
  bool cuda = false;           ///< LibTorch can use a GPU here
};

Platform DescribePlatform();

/// Computes on `threads` >= 1 threads from now on, in LibTorch and in OpenBLAS, which
/// at::set_num_threads alone does not reach.
void SetThreads(int threads);

/// Lets the C library keep freed memory for the next tensor instead of handing it back to the
/// kernel, which would have to map and clear it anew in every training step.
void KeepFreedMemory();

/// CPU seconds this process has used, all threads.
double ProcessCpuSeconds();

/// Largest resident set of this process so far (VmHWM); 0 where /proc is not there.
std::int64_t PeakRssBytes();

}  // namespace sweepformer::model
