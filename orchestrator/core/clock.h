#pragma once

#include <cstdint>
#include <functional>

namespace sweepformer {

/// UTC wall-clock time in milliseconds since the epoch: what is stored.
std::int64_t WallMs();

/// Monotonic milliseconds: what durations and deadlines are measured with.
std::int64_t SteadyMs();

/// Milliseconds since the machine was started, sleep included.
std::int64_t SinceBootMs();

/// Where times come from; tests bring their own.
struct TimeSource {
  std::function<std::int64_t()> wall_ms = WallMs;
  std::function<std::int64_t()> passed_ms = SinceBootMs;
};

/// UTC times that lie as far apart as time has passed between them: the wall clock as it stood when
/// this was made, and what has passed since. A clock that is set back or forth moves nothing.
class EvenClock {
 public:
  explicit EvenClock(TimeSource source = {})
      : source_(std::move(source)), origin_ms_(source_.wall_ms() - source_.passed_ms()) {}

  std::int64_t NowMs() const { return origin_ms_ + source_.passed_ms(); }

 private:
  TimeSource source_;
  std::int64_t origin_ms_;
};

}  // namespace sweepformer
