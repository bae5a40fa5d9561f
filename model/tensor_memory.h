#pragma once

#include <cstdint>

namespace sweepformer::model {

/// Counts the bytes of all CPU tensors from the moment it is installed: exactly what LibTorch asks
/// of its allocator, so equal runs give equal numbers. Scratch memory that BLAS and oneDNN
/// allocate for themselves is not seen. Safe from any thread, two atomic additions per allocation.
class TensorMemory {
 public:
  /// Wraps LibTorch's CPU allocator; further calls do nothing. Call it while no other thread uses
  /// LibTorch. Tensors made before stay valid and uncounted.
  static void Install();

  static std::int64_t live_bytes();

  /// Highest live_bytes since the last ResetPeak.
  static std::int64_t peak_bytes();
  static void ResetPeak();
};

}  // namespace sweepformer::model
