#include "orchestrator/sched/memory_terms.h"

#include <algorithm>

namespace sweepformer {

LaunchTerms WithMoreMemory(const LaunchTerms& terms, double held, double factor, double most) {
  LaunchTerms more = terms;
  if (!terms.limits.mem_bytes) return more;
  const auto limit = static_cast<double>(*terms.limits.mem_bytes);
  const double raised = factor > 1 ? std::max(limit, std::min(held * factor, most)) : limit;
  more.limits.mem_bytes = static_cast<std::int64_t>(raised);
  more.need["mem"] = raised;
  return more;
}

LaunchTerms WithKnownPeak(const LaunchTerms& terms, double peak_bytes, double most) {
  LaunchTerms known = terms;
  const auto limit = static_cast<double>(terms.limits.mem_bytes.value_or(0));
  known.need["mem"] = std::min(peak_bytes, terms.limits.mem_bytes ? limit : most);
  return known;
}

}  // namespace sweepformer
