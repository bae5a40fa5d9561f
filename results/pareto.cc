#include "results/pareto.h"

#include <fmt/format.h>

#include <algorithm>

namespace sweepformer {
namespace {

/// How one group stands to another.
struct Standing {
  bool dominates_by_mean = false;  ///< at least as good in every mean, better in one
  bool surely_better = false;      ///< distinguishably, in some metric
};

/// Means with the sign that makes more better.
class Front {
 public:
  Front(const Comparison& comparison, std::vector<std::size_t> metrics)
      : comparison_(comparison), metrics_(std::move(metrics)) {
    for (const ComparedGroup& group : comparison.groups) means_.push_back(MeansOf(group));
  }

  ParetoFront Find() const {
    ParetoFront front{metrics_, {}, {}};
    for (std::size_t i = 0; i < means_.size(); ++i) Place(i, front);
    return front;
  }

 private:
  double SignOf(std::size_t metric) const {
    return comparison_.metrics[metric].goal == Goal::kMaximize ? 1 : -1;
  }

  /// Empty if one is lacking.
  std::vector<double> MeansOf(const ComparedGroup& group) const {
    std::vector<double> means;
    for (const std::size_t metric : metrics_) {
      const auto& mean = group.figures[metric].spread.mean;
      if (!mean) return {};
      means.push_back(SignOf(metric) * *mean);
    }
    return means;
  }

  bool DominatesByMean(std::size_t one, std::size_t other) const {
    bool better = false;
    for (std::size_t k = 0; k < metrics_.size(); ++k) {
      if (means_[one][k] < means_[other][k]) return false;
      better = better || means_[one][k] > means_[other][k];
    }
    return better;
  }

  /// Whether DifferenceOf can tell them apart: most pairs it cannot, which is quickly seen.
  static bool MayDiffer(const BySeed& one, const BySeed& other, const MetricSpec& metric) {
    if (one.size() < 2 || other.size() < 2) return false;
    const auto p = DifferenceP(one, other, metric);
    return p && *p <= kAlpha;
  }

  bool SurelyBetter(std::size_t one, std::size_t other) const {
    for (std::size_t k = 0; k < metrics_.size(); ++k) {
      if (!(means_[one][k] > means_[other][k])) continue;
      const MetricSpec& metric = comparison_.metrics[metrics_[k]];
      const BySeed& here = comparison_.groups[one].figures[metrics_[k]].values;
      const BySeed& there = comparison_.groups[other].figures[metrics_[k]].values;
      if (!MayDiffer(here, there, metric)) continue;
      const auto difference = DifferenceOf(here, there, metric);
      if (difference && difference->verdict_unadjusted == DifferenceVerdict::kBetter) return true;
    }
    return false;
  }

  void Place(std::size_t group, ParetoFront& front) const {
    front.dominator.emplace_back();
    if (means_[group].empty()) {
      front.places.push_back(FrontPlace::kUnknown);
      return;
    }
    bool certain = true;
    for (std::size_t other = 0; other < means_.size(); ++other) {
      if (other == group || means_[other].empty()) continue;
      if (DominatesByMean(other, group)) {
        certain = false;
        if (!SurelyBetter(other, group)) continue;
        front.dominator.back() = other;
        front.places.push_back(FrontPlace::kDominated);
        return;
      }
      certain = certain && (means_[other] == means_[group] || SurelyBetter(group, other));
    }
    front.places.push_back(certain ? FrontPlace::kCertain : FrontPlace::kProbable);
  }

  const Comparison& comparison_;
  const std::vector<std::size_t> metrics_;
  std::vector<std::vector<double>> means_;  ///< by group
};

}  // namespace

std::string_view FrontPlaceWord(FrontPlace place) {
  switch (place) {
    case FrontPlace::kCertain: return "certain";
    case FrontPlace::kProbable: return "probable";
    case FrontPlace::kDominated: return "dominated";
    case FrontPlace::kUnknown: return "unknown";
  }
  return "";
}

Result<ParetoFront> ParetoFrontOf(const Comparison& comparison) {
  std::vector<std::size_t> metrics;
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i)
    if (comparison.metrics[i].goal != Goal::kNone) metrics.push_back(i);
  if (metrics.size() >= 2) return Front(comparison, std::move(metrics)).Find();
  return InvalidArgument(
      fmt::format("--pareto: {} of the metrics compared has a goal, and a front needs two; name "
                  "more with --metric, or give them a direction in the spec's [goal]",
                  metrics.empty() ? "none" : "only one"));
}

}  // namespace sweepformer
