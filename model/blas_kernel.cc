#include "model/blas_kernel.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

namespace sweepformer::model {
namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

/// OpenBLAS's kernels with vectors of AVX2 or more, by its names.
constexpr std::array<std::string_view, 5> kVectorKernels = {"Haswell", "Zen", "SkylakeX",
                                                            "Cooperlake", "SapphireRapids"};

}  // namespace

std::string_view FittingBlasKernel(std::string_view chosen, bool has_avx2, bool has_avx512) {
  const bool has_vectors =
      std::find(kVectorKernels.begin(), kVectorKernels.end(), chosen) != kVectorKernels.end();
  if (has_vectors) return "";
  if (has_avx512) return "SkylakeX";
  return has_avx2 ? "Haswell" : "";
}

void UseFittingBlasKernel([[maybe_unused]] char** argv) {
#ifdef __x86_64__
  using CoreName = char*();
  const auto core = reinterpret_cast<CoreName*>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (core == nullptr || std::getenv(kVariable) != nullptr) return;
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const std::string fitting(FittingBlasKernel(core(), has_avx2, has_avx512));
  if (fitting.empty()) return;
  setenv(kVariable, fitting.c_str(), /*overwrite=*/1);
  execv("/proc/self/exe", argv);  // where that fails, slowly is better than not at all
#endif
}

}  // namespace sweepformer::model
