#include "orchestrator/core/clock.h"

#include <chrono>
#include <ctime>

namespace sweepformer {
namespace {

template <typename Clock>
std::int64_t NowMs() {
  const auto now = Clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

std::int64_t WallMs() { return NowMs<std::chrono::system_clock>(); }
std::int64_t SteadyMs() { return NowMs<std::chrono::steady_clock>(); }

std::int64_t SinceBootMs() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace sweepformer
