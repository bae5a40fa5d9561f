#pragma once

#include <map>
#include <vector>

namespace sweepformer {

/// The CPUs this process may use, in order.
std::vector<int> UsableCpus();

/// Deals out CPUs to pin processes to: the least used ones first. Pure.
class CpuShares {
 public:
  explicit CpuShares(const std::vector<int>& cpus) {
    for (const int cpu : cpus) users_[cpu] = 0;
  }

  /// `count` CPUs, in order; all of them where there are no more than that.
  std::vector<int> Take(int count);
  void Give(const std::vector<int>& cpus);

 private:
  std::map<int, int> users_;  ///< by CPU
};

}  // namespace sweepformer
