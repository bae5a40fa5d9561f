#include "model/platform.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>
#include <oneapi/dnnl/dnnl.h>
#include <time.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace sweepformer::model {
namespace {

/// A function of OpenBLAS, or nullptr where another BLAS is loaded. Looked up and not linked:
/// LibTorch decides which BLAS there is.
template <typename Function>
Function* OpenBlas(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

/// The line "CPU capability usage: AVX2" of LibTorch's description of itself.
std::string CpuCapability() {
  constexpr std::string_view kLabel = "CPU capability usage: ";
  const std::string text = at::show_config();
  const std::size_t found = text.find(kLabel);
  if (found == std::string::npos) return "unknown";
  const std::size_t begin = found + kLabel.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string DescribeBlas() {
  const auto config = OpenBlas<char*()>("openblas_get_config");
  const auto core = OpenBlas<char*()>("openblas_get_corename");
  if (config == nullptr || core == nullptr) return "not OpenBLAS";
  return fmt::format("{} on {}", config(), core());
}

/// "2.6.3 on 0x7"; the numbers of instruction sets are those of dnnl_types.h.
std::string DescribeOneDnn() {
  const dnnl_version_t* const version = dnnl_version();
  return fmt::format("{}.{}.{} on {:#x}", version->major, version->minor, version->patch,
                     static_cast<unsigned>(dnnl_get_effective_cpu_isa()));
}

}  // namespace

Platform DescribePlatform() {
  const auto blas_threads = OpenBlas<int()>("openblas_get_num_threads");
  return {.libtorch = TORCH_VERSION,
          .blas = DescribeBlas(),
          .onednn = DescribeOneDnn(),
          .cpu_capability = CpuCapability(),
          .threads = at::get_num_threads(),
          .blas_threads = blas_threads == nullptr ? 1 : blas_threads(),
          .cuda = torch::cuda::is_available()};
}

void SetThreads(int threads) {
  at::set_num_threads(threads);
  if (const auto set = OpenBlas<void(int)>("openblas_set_num_threads")) set(threads);
}

void KeepFreedMemory() {
  constexpr int kLargestBlock = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kLargestBlock);
  mallopt(M_TRIM_THRESHOLD, kLargestBlock);
}

double ProcessCpuSeconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

std::int64_t PeakRssBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return 1024 * std::strtoll(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

}  // namespace sweepformer::model
