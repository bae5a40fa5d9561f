#include "orchestrator/core/clock.h"

#include <chrono>

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

}  // namespace sweepformer
