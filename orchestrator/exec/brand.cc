#include "orchestrator/exec/brand.h"

#include <algorithm>

#include "orchestrator/core/hash.h"

namespace sweepformer {

rlim_t BrandFor(const std::string& mark) {
  constexpr rlim_t kMost = rlim_t{1} << 62, kFewest = rlim_t{1} << 32;
  rlimit limit{};
  if (getrlimit(RLIMIT_LOCKS, &limit) != 0) return 0;
  const rlim_t numbers = limit.rlim_max == RLIM_INFINITY ? kMost : limit.rlim_max;
  if (numbers < kFewest) return 0;
  constexpr int kDigits = 16, kHexadecimal = 16;
  const rlim_t hash = std::stoull(HashHex(mark).substr(0, kDigits), nullptr, kHexadecimal);
  return std::max<rlim_t>(1, hash % numbers);
}

void TakeBrand(rlim_t brand) {
  const rlimit limit{brand, brand};
  if (brand != 0) setrlimit(RLIMIT_LOCKS, &limit);
}

rlim_t BrandOf(pid_t pid) {
  rlimit limit{};
  return prlimit(pid, RLIMIT_LOCKS, nullptr, &limit) == 0 ? limit.rlim_max : 0;
}

}  // namespace sweepformer
