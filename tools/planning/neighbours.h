#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "results/finished_cells.h"
#include "tools/planning/declared_figure.h"

namespace sweepformer {

/// How long a run is expected to take, and from what.
struct RunForecast {
  double seconds = 0;
  bool same_cell = false;          ///< from runs of its own cell
  std::vector<std::size_t> cells;  ///< the finished cells it comes from
};

/// What a run's peak of memory is expected from.
enum class PeakBasis { kOwnCell, kNeighbours, kDeclared };

/// Most bytes that a run's process is expected to hold.
struct PeakForecast {
  double bytes = 0;
  PeakBasis basis = PeakBasis::kDeclared;
};

/// Forecasts runs from finished ones. A cell with finished runs takes their median. Another takes
/// what its nearest neighbours took: the finished cells (kMostNeighbours are looked at) that differ
/// from it in the value of the fewest parameters, all of them where several are as near; the median
/// of their medians. Where the worker declares a cost, each neighbour's seconds are first
/// multiplied by the ratio of the costs, which is what makes a parameter that costs more count for
/// more.
///
/// Memory is the largest of theirs. Where the worker declares it, the form of the cell is first
/// corrected by each neighbour: what that took beyond its own form, such as its data, is added,
/// what it took less is subtracted, but no more than in proportion. Without finished runs the form
/// alone holds.
class Neighbours {
 public:
  Neighbours(const std::vector<FinishedCell>& finished, DeclaredFigure cost, DeclaredFigure memory);

  /// Nothing if no cell has finished runs with a known time.
  std::optional<RunForecast> Forecast(const std::string& cell, const Parameters& parameters);

  /// Nothing if no finished run's peak is known and the worker declares none.
  std::optional<PeakForecast> PeakOf(const std::string& cell, const Parameters& parameters);

 private:
  using Codes =
      std::vector<std::int32_t>;  ///< of values, by parameter; 0: absent, -1: no neighbour's

  struct Neighbour {
    std::size_t cell = 0;  ///< in finished_
    Codes codes;
    std::optional<double> cost;
    std::optional<double> memory;
  };

  void Learn(const Parameters& parameters);
  Codes Encode(const Parameters& parameters) const;
  std::vector<const Neighbour*> NearestTo(const Codes& codes) const;

  const std::vector<FinishedCell>& finished_;
  DeclaredFigure cost_;
  DeclaredFigure memory_;
  std::unordered_map<std::string, std::size_t> own_;                       ///< places in finished_
  std::map<std::string, std::map<Value, std::int32_t>, NameLess> values_;  ///< codes from 1
  std::vector<Neighbour> neighbours_;
};

/// The middle one, or the mean of the middle two. `values` are not empty.
double MedianOf(std::vector<double> values);

}  // namespace sweepformer
