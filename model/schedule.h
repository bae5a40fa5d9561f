#pragma once

#include <cstdint>

namespace sweepformer::model {

/// How the learning rate falls after warm-up. In the order of the choices of the parameter 'decay'.
enum class Decay { kLinear, kCosine, kNone };

struct ScheduleOptions {
  double warmup_share = 0.1;  ///< of all steps, 0 to 1
  Decay decay = Decay::kLinear;
};

/// The learning rate over the steps a run will really take: it rises in equal steps to its peak and
/// falls from there so that it would be zero one step after the last.
class Schedule {
 public:
  /// steps >= 1.
  Schedule(const ScheduleOptions& options, std::int64_t steps);

  /// Factor of the peak learning rate in `step`, counted from 0; in (0, 1], exactly 1 at the first
  /// step after warm-up.
  double Factor(std::int64_t step) const;

  std::int64_t warmup_steps() const { return warmup_steps_; }

 private:
  Decay decay_;
  std::int64_t steps_;
  std::int64_t warmup_steps_;
};

}  // namespace sweepformer::model
