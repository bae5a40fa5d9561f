#include "orchestrator/spec/order.h"

#include <algorithm>
#include <map>

namespace sweepformer {
namespace {

/// The nodes of a cycle reached by following unmet reads from `start`.
std::vector<std::size_t> FollowCycle(const std::vector<std::vector<std::size_t>>& waits_for,
                                     const std::vector<bool>& done, std::size_t start) {
  std::vector<std::size_t> path;
  std::size_t node = start;
  for (;;) {
    const auto seen = std::find(path.begin(), path.end(), node);
    if (seen != path.end()) return {seen, path.end()};
    path.push_back(node);
    node = *std::find_if(waits_for[node].begin(), waits_for[node].end(),
                         [&](std::size_t next) { return !done[next]; });
  }
}

}  // namespace

Order SortByDependency(const std::vector<Node>& nodes) {
  std::map<std::string, std::size_t, NameLess> giver;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const std::string& name : nodes[i].gives) giver[name] = i;
  std::vector<std::vector<std::size_t>> waits_for(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const std::string& name : nodes[i].reads)
      if (const auto it = giver.find(name); it != giver.end()) waits_for[i].push_back(it->second);

  Order order;
  std::vector<bool> done(nodes.size(), false);
  const auto ready = [&](std::size_t i) {
    return !done[i] && std::all_of(waits_for[i].begin(), waits_for[i].end(),
                                   [&](std::size_t other) { return done[other]; });
  };
  while (order.sequence.size() < nodes.size()) {
    std::size_t next = 0;
    while (next < nodes.size() && !ready(next)) ++next;
    if (next == nodes.size()) {
      const auto stuck = std::find(done.begin(), done.end(), false) - done.begin();
      order.cycle = FollowCycle(waits_for, done, static_cast<std::size_t>(stuck));
      return order;
    }
    done[next] = true;
    order.sequence.push_back(next);
  }
  return order;
}

}  // namespace sweepformer
