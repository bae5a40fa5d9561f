#include "model/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sweepformer::model {

Schedule::Schedule(const ScheduleOptions& options, std::int64_t steps)
    : decay_(options.decay), steps_(steps) {
  const double share = options.warmup_share * static_cast<double>(steps);
  warmup_steps_ = std::min<std::int64_t>(std::llround(share), steps - 1);
}

double Schedule::Factor(std::int64_t step) const {
  if (step < warmup_steps_) {
    return static_cast<double>(step + 1) / static_cast<double>(warmup_steps_ + 1);
  }
  const double passed =
      static_cast<double>(step - warmup_steps_) / static_cast<double>(steps_ - warmup_steps_);
  switch (decay_) {
    case Decay::kLinear: return 1.0 - passed;
    case Decay::kCosine: return 0.5 * (1.0 + std::cos(std::numbers::pi * passed));
    case Decay::kNone: break;
  }
  return 1.0;
}

}  // namespace sweepformer::model
