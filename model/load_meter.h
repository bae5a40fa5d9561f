#pragma once

#include <cstdint>

#include "model/stopwatch.h"

namespace sweepformer::model {

/// What else the machine did while this process computed: a speed is its own only if it had the CPU
/// to itself.
struct Load {
  double wall_seconds = 0;
  double cpu_seconds = 0;        ///< all threads
  double run_delay_seconds = 0;  ///< all threads: could have run and waited for a CPU
  std::int64_t involuntary_switches = 0;

  double run_delay_share() const;       ///< of the time it could have run
  double cpu_share(int threads) const;  ///< of the CPU time that so many threads could have had
};

/// Measures the load from when it is made.
class LoadMeter {
 public:
  LoadMeter();
  Load Read() const;

 private:
  Stopwatch watch_;
  Load before_;
};

}  // namespace sweepformer::model
