#include "orchestrator/exec/cpu_shares.h"

#include <sched.h>

#include <algorithm>
#include <utility>

namespace sweepformer {

std::vector<int> UsableCpus() {
  cpu_set_t set;
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

std::vector<int> CpuShares::Take(int count) {
  std::vector<std::pair<int, int>> by_use;
  for (const auto& [cpu, users] : users_) by_use.emplace_back(users, cpu);
  std::sort(by_use.begin(), by_use.end());
  by_use.resize(std::min(by_use.size(), static_cast<std::size_t>(std::max(count, 1))));
  std::vector<int> cpus;
  for (const auto& [users, cpu] : by_use) {
    cpus.push_back(cpu);
    ++users_[cpu];
  }
  std::sort(cpus.begin(), cpus.end());
  return cpus;
}

void CpuShares::Give(const std::vector<int>& cpus) {
  for (const int cpu : cpus) --users_[cpu];
}

}  // namespace sweepformer
