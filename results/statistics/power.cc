#include "results/statistics/power.h"

#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>

namespace sweepformer {

double PairedPower(double shift, int pairs, double alpha) {
  using boost::math::cdf;
  using boost::math::complement;
  const double freedom = pairs - 1;
  const double critical = quantile(complement(boost::math::students_t(freedom), alpha / 2));
  const boost::math::non_central_t seen(freedom, shift * std::sqrt(pairs));
  return cdf(complement(seen, critical)) + cdf(seen, -critical);
}

std::optional<double> DetectableShift(int pairs, const TestDesign& design) {
  if (pairs < 2) return {};
  const auto lacking = [&](double shift) {
    return PairedPower(shift, pairs, design.alpha) - design.power;
  };
  double high = 1;
  while (lacking(high) < 0) high *= 2;
  std::uintmax_t most_steps = 100;
  const auto [low, up] = boost::math::tools::toms748_solve(
      lacking, 0.0, high, boost::math::tools::eps_tolerance<double>(20), most_steps);
  return (low + up) / 2;
}

}  // namespace sweepformer
