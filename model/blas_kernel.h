#pragma once

#include <string_view>

namespace sweepformer::model {

/// The OPENBLAS_CORETYPE under which OpenBLAS uses the vectors this CPU has, where it chose a
/// kernel with none of AVX2's: "SkylakeX" (AVX-512) or "Haswell" (AVX2 and FMA). Else "".
///   chosen  openblas_get_corename(), e.g. "Prescott"
std::string_view FittingBlasKernel(std::string_view chosen, bool has_avx2, bool has_avx512);

/// OpenBLAS knows CPUs by their model numbers and multiplies with SSE3 on those that are newer than
/// itself (tools/bench/README.md says what that costs). It reads OPENBLAS_CORETYPE when it is
/// loaded, so this starts the program anew with it where it chose too little; does nothing where
/// the variable is set, or another BLAS is loaded. Call it first in main, before any thread or
/// input.
void UseFittingBlasKernel(char** argv);

}  // namespace sweepformer::model
