#include "results/statistics/mcnemar.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cassert>

namespace sweepformer {

McNemar CompareHitBits(const HitBits& a, const HitBits& b) {
  assert(a.items() == b.items());
  McNemar result;
  const std::int64_t both = CountBoth(a, b);
  result.only_a = a.CountRight() - both;
  result.only_b = b.CountRight() - both;
  result.p = McNemarExactP(result.only_a, result.only_b);
  return result;
}

double McNemarExactP(std::int64_t only_a, std::int64_t only_b) {
  if (only_a == only_b) return 1;
  const boost::math::binomial tosses(static_cast<double>(only_a + only_b), 0.5);
  const double fewer = static_cast<double>(std::min(only_a, only_b));
  return std::min(1.0, 2 * cdf(tosses, fewer));
}

}  // namespace sweepformer
