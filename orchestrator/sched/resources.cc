#include "orchestrator/sched/resources.h"

namespace sweepformer {

Resources NeedOf(const Limits& limits, int threads) {
  Resources need{{"slots", 1}, {"cpus", limits.cpus.value_or(threads)}};
  if (limits.mem_bytes) need["mem"] = static_cast<double>(*limits.mem_bytes);
  for (const auto& [name, count] : limits.named) need[name] = count;
  return need;
}

bool ResourcePool::Fits(const Resources& need) const {
  for (const auto& [name, amount] : need) {
    const auto total = total_.find(name);
    if (total == total_.end()) continue;
    const auto taken = taken_.find(name);
    if ((taken == taken_.end() ? 0 : taken->second) + amount > total->second) return false;
  }
  return true;
}

void ResourcePool::Take(const Resources& need) {
  for (const auto& [name, amount] : need) taken_[name] += amount;
}

void ResourcePool::Give(const Resources& need) {
  for (const auto& [name, amount] : need) taken_[name] -= amount;
}

std::string ResourcePool::Lacks(const Resources& need) const {
  for (const auto& [name, amount] : need)
    if (const auto total = total_.find(name); total != total_.end() && amount > total->second)
      return name;
  return "";
}

double ResourcePool::Total(const std::string& name) const {
  const auto it = total_.find(name);
  return it == total_.end() ? 0 : it->second;
}

ResourcePool MachinePool(int slots, int cpus, double mem_bytes) {
  Resources total{{"mem", mem_bytes}};
  if (slots > 0)
    total["slots"] = slots;
  else
    total["cpus"] = cpus;
  return ResourcePool(std::move(total));
}

}  // namespace sweepformer
