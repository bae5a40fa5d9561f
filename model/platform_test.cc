#include "model/platform.h"

#include <catch2/catch.hpp>

namespace sweepformer::model {
namespace {

TEST_CASE("threads are set in LibTorch and in OpenBLAS", "[platform]") {
  for (const int threads : {2, 1}) {
    SetThreads(threads);
    const Platform platform = DescribePlatform();
    CHECK(platform.threads == threads);
    if (platform.blas.starts_with("OpenBLAS")) CHECK(platform.blas_threads == threads);
  }
}

TEST_CASE("the platform names its versions", "[platform]") {
  const Platform platform = DescribePlatform();
  CHECK_FALSE(platform.libtorch.empty());
  CHECK_FALSE(platform.blas.empty());
  CHECK_FALSE(platform.cpu_capability.empty());
}

TEST_CASE("CPU time grows and the peak of memory is there", "[platform]") {
  const double before = ProcessCpuSeconds();
  volatile double sum = 0;
  while (ProcessCpuSeconds() - before < 0.01) sum = sum + 1;
  CHECK(ProcessCpuSeconds() > before);
  CHECK(PeakRssBytes() > 1'000'000);
}

}  // namespace
}  // namespace sweepformer::model
