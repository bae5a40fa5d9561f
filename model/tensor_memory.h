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

  /// Counts `bytes` as reached: by an earlier process whose work this one goes on with.
  static void RaisePeakTo(std::int64_t bytes);

  /// While it exists, what is allocated does not show in peak_bytes: for what one run does and an
  /// equal one may not. Use it while no other thread allocates.
  class Aside {
   public:
    Aside() : peak_(peak_bytes()) {}
    ~Aside();
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

   private:
    std::int64_t peak_;
  };
};

}  // namespace sweepformer::model
