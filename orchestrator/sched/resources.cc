#include "orchestrator/sched/resources.h"

#include <algorithm>
#include <limits>

namespace sweepformer {

Resources NeedOf(const Limits& limits, int threads) {
  Resources need{{"slots", 1}, {"cpus", limits.cpus.value_or(threads)}};
  if (limits.mem_bytes) need["mem"] = static_cast<double>(*limits.mem_bytes);
  for (const auto& [name, count] : limits.named) need[name] = count;
  return need;
}

bool ResourcePool::Fits(const Resources& need) const {
  return std::ranges::all_of(need, [&](const auto& wanted) {
    const auto taken = taken_.find(wanted.first);
    const double in_use = taken == taken_.end() ? 0 : taken->second;
    constexpr double kRounding = 1e-9;  // sums of fractions are off in their last digits
    return in_use + wanted.second <= Total(wanted.first) * (1 + kRounding);
  });
}

void ResourcePool::Take(const Resources& need) {
  for (const auto& [name, amount] : need) taken_[name] += amount;
}

void ResourcePool::Give(const Resources& need) {
  for (const auto& [name, amount] : need) taken_[name] -= amount;
}

void ResourcePool::Lower(const std::string& name, double total) {
  total_[name] = std::min(Total(name), total);
}

void ResourcePool::Raise(const std::string& name) {
  const auto offered = offered_.find(name);
  if (offered != offered_.end()) total_[name] = std::min(offered->second, Total(name) + 1);
}

std::string ResourcePool::Lacks(const Resources& need) const {
  for (const auto& [name, amount] : need) {
    if (amount > Total(name)) return name;
  }
  return "";
}

double ResourcePool::Total(const std::string& name) const {
  const auto it = total_.find(name);
  return it == total_.end() ? 0 : it->second;
}

ResourcePool MachinePool(int slots, int cpus, double mem_bytes, Resources named) {
  constexpr double kAny = std::numeric_limits<double>::infinity();
  named["mem"] = mem_bytes;
  named["slots"] = slots > 0 ? slots : kAny;
  named["cpus"] = slots > 0 ? kAny : cpus;
  return ResourcePool(std::move(named));
}

}  // namespace sweepformer
