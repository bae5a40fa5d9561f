#pragma once

#include <cstddef>
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

/// The steps of one kind of work: passes over the same batches, one after the other. At least one
/// pass, each of them whole.
struct Timings {
  std::size_t batches = 1;  ///< of a pass
  std::vector<TimedStep> steps;

  /// What a pass handles by the time it takes, that of every batch being the median over passes; a
  /// median over batches would be the speed at one length. The range is that of single passes, 0 of
  /// one.
  Spread samples_per_second() const;
  Spread tokens_per_second() const;

  Spread seconds() const;  ///< of single steps
};

}  // namespace sweepformer::model
