#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace sweepformer {

/// A figure of one cell's runs, by seed.
using FiguresBySeed = std::map<std::int64_t, double>;

/// How far apart runs of the same seed are from cell to cell, beyond the cells' own difference.
struct SeedNoise {
  double sd = 0;       ///< of the differences between two cells' runs of the same seed
  bool paired = true;  ///< false: no two cells share two seeds yet; from the spread within cells
  int runs = 0;        ///< that it was seen in
};

/// Pooled over the cells, each held against the one before it: the variance of the differences over
/// the seeds both have (two at least), weighted by its degrees of freedom. Where no neighbours
/// share two seeds it is sqrt(2) times the pooled deviation within cells, as if a seed did not make
/// runs alike. Infinite figures are left out. Nothing where no cell has two runs.
std::optional<SeedNoise> SeedNoiseOf(const std::vector<const FiguresBySeed*>& cells);

}  // namespace sweepformer
