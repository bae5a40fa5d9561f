#include "model/blas_kernel.h"

#include <catch2/catch.hpp>

namespace sweepformer::model {
namespace {

TEST_CASE("OpenBLAS is told to use the vectors of a CPU it does not know", "[blas]") {
  CHECK(FittingBlasKernel("Prescott", true, true) == "SkylakeX");
  CHECK(FittingBlasKernel("Prescott", true, false) == "Haswell");
  CHECK(FittingBlasKernel("Nehalem", true, true) == "SkylakeX");
}

TEST_CASE("what OpenBLAS chose well stays", "[blas]") {
  CHECK(FittingBlasKernel("SkylakeX", true, true).empty());
  CHECK(FittingBlasKernel("Cooperlake", true, true).empty());
  CHECK(FittingBlasKernel("Haswell", true, true).empty());
  CHECK(FittingBlasKernel("Zen", true, false).empty());
  CHECK(FittingBlasKernel("Prescott", false, false).empty());
}

}  // namespace
}  // namespace sweepformer::model
