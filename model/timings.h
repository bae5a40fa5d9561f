#pragma once

#include <vector>

namespace sweepformer::model {

/// The middle of repeated measurements and how far the middle half of them reaches.
struct Spread {
  double median = 0;
  double iqr = 0;
};

/// Quantiles lie on the line between neighbours (type 7 of Hyndman and Fan 1996). `values` is not
/// empty.
Spread SpreadOf(std::vector<double> values);

/// One step that was timed.
struct TimedStep {
  double samples = 0;
  double tokens = 0;  ///< real ones
  double seconds = 0;
};

/// The steps of one kind of work.
struct Timings {
  std::vector<TimedStep> steps;

  Spread samples_per_second() const;
  Spread tokens_per_second() const;
  Spread seconds() const;
};

}  // namespace sweepformer::model
