#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/core/value.h"

namespace sweepformer {

/// Something that gives parameters their values after reading others.
struct Node {
  std::vector<std::string> gives;
  std::set<std::string, NameLess> reads;
};

/// An order in which every node comes after those it reads, else in the order given.
struct Order {
  std::vector<std::size_t> sequence;
  std::vector<std::size_t> cycle;  ///< nodes that wait for one another; sequence is then partial
};

/// Names no node gives are taken as known.
Order SortByDependency(const std::vector<Node>& nodes);

}  // namespace sweepformer
