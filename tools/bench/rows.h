#pragma once

#include <optional>
#include <string>

namespace sweepformer::bench {

/// One comparison or figure as bench.py gathers them (paired.py says what each field means).
struct Row {
  std::string what;
  std::string unit;
  double ours = 0;
  std::optional<double> rival;
  std::string rival_name;
  std::string target;  ///< of ours / rival, else of ours, e.g. "<= 0.15"; empty: none
};

/// Appends the row to the file that SWEEPFORMER_BENCH_ROWS names; without it does nothing.
/// `bench` is the program's name.
void AppendRow(const std::string& bench, const Row& row);

}  // namespace sweepformer::bench
