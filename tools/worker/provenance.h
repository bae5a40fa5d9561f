#pragma once

#include <string>

namespace sweepformer::worker {

/// This build of the worker, e.g. "0.1.0, g++ 12.2.0".
std::string BuildId();

/// The libraries it computes with here, e.g. "LibTorch 1.13.0, OpenBLAS 0.3.21, oneDNN 2.6.3 on
/// 0x7, AVX2, no CUDA".
std::string PlatformText();

/// What computes here, as a JSON object: versions of LibTorch and BLAS, instruction set, CPU model,
/// threads in force, host, build. Recorded with every attempt; no part of a run's identity.
std::string ProvenanceJson();

}  // namespace sweepformer::worker
