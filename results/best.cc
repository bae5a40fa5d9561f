#include "results/best.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/core/suggest.h"
#include "orchestrator/sql/sandbox.h"

namespace sweepformer {
namespace {

std::vector<std::string> MetricNames(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const MetricSpec& metric : comparison.metrics) names.push_back(metric.name);
  return names;
}

Result<std::size_t> FindMetric(const Comparison& comparison, const std::string& name) {
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    const MetricSpec& metric = comparison.metrics[i];
    if (!SameName(metric.name, name)) continue;
    if (metric.goal != Goal::kNone) return i;
    return InvalidArgument(
        fmt::format("--best: nothing says whether more or less of '{}' is better; name it under "
                    "maximize or minimize in the spec's [goal]",
                    metric.name));
  }
  return InvalidArgument(fmt::format("--best: '{}' is not compared{}; add it to --metric", name,
                                     DidYouMean(name, MetricNames(comparison))));
}

/// A table of the means, a row per group, whose rowid is the group's place from 1.
Status FillMeans(Connection& connection, const Comparison& comparison) {
  std::string columns, places;
  for (const std::string& name : MetricNames(comparison)) {
    columns += (columns.empty() ? "" : ", ") + QuoteName(name);
    places += places.empty() ? "?" : ", ?";
  }
  SF_TRY(connection.Execute(fmt::format("CREATE TEMP TABLE means({})", columns)));
  SF_ASSIGN(Statement insert,
            connection.Prepare(fmt::format("INSERT INTO means VALUES ({})", places)));
  for (const ComparedGroup& group : comparison.groups) {
    int place = 0;
    for (const ComparedFigure& figure : group.figures)
      insert.Bind(++place, figure.spread.mean ? Value(*figure.spread.mean) : Value());
    SF_TRY(insert.Run());
  }
  return {};
}

Result<std::vector<std::size_t>> GroupsWithin(const Comparison& comparison,
                                              const std::string& rule) {
  SF_ASSIGN(SafeExpressions expressions, SafeExpressions::Open());
  const auto checked = expressions.Check(rule, MetricNames(comparison));
  if (const auto* error = std::get_if<ExpressionError>(&checked))
    return InvalidArgument(fmt::format("--within \"{}\": {}", rule, error->message));
  Connection& connection = expressions.connection();
  SF_TRY(FillMeans(connection, comparison));
  SF_ASSIGN(Statement find, connection.Prepare(fmt::format(
                                "SELECT rowid - 1 FROM means WHERE ({}\n) ORDER BY rowid", rule)));
  std::vector<std::size_t> groups;
  for (;;) {
    const Result<bool> row = find.Step();
    if (!row.ok()) return RuleFailure(connection, row.status()).WithContext("--within");
    if (!*row) return groups;
    groups.push_back(static_cast<std::size_t>(find.Int(0)));
  }
}

/// An infinity would be the best of all, or the worst, whatever went wrong.
void WarnOfInfinite(int rows, const std::string& metric, BestGroups& best) {
  if (rows == 0) return;
  best.warnings.push_back(
      {"not-finite",
       fmt::format("{} {} an infinite figure of {}", rows, rows == 1 ? "row has" : "rows have",
                   metric),
       fmt::format("{} not ranked", rows == 1 ? "it is" : "they are"),
       fmt::format("see what went wrong in the runs whose {} is Inf in the view runs", metric)});
}

/// Those that have a finite mean, the best first.
void Rank(const Comparison& comparison, BestGroups& best) {
  const auto mean = [&](std::size_t group) {
    return comparison.groups[group].figures[best.metric].spread.mean;
  };
  const auto infinite = std::erase_if(best.ranking, [&](std::size_t group) {
    return comparison.groups[group].figures[best.metric].spread.n > 0 &&
           !(mean(group) && std::isfinite(*mean(group)));
  });
  WarnOfInfinite(static_cast<int>(infinite), comparison.metrics[best.metric].name, best);
  std::erase_if(best.ranking, [&](std::size_t group) { return !mean(group); });
  std::stable_sort(best.ranking.begin(), best.ranking.end(), [&](std::size_t a, std::size_t b) {
    return best.goal == Goal::kMaximize ? *mean(a) > *mean(b) : *mean(a) < *mean(b);
  });
}

/// The first was picked for its mean: what it is tested against the others by is a choice from all
/// pairs, which are therefore one family.
void AddDifferences(const Comparison& comparison, BestGroups& best) {
  const auto values = [&](std::size_t group) -> const BySeed& {
    return comparison.groups[group].figures[best.metric].values;
  };
  const MetricSpec& metric = comparison.metrics[best.metric];
  best.behind.resize(best.ranking.size());
  std::vector<Difference*> family;
  for (std::size_t i = 1; i < best.ranking.size(); ++i) {
    best.behind[i] = DifferenceOf(values(best.ranking[i]), values(best.ranking[0]), metric);
    if (best.behind[i]) family.push_back(&*best.behind[i]);
  }
  constexpr std::size_t kMostRows = 400;  // all pairs of more take long
  const auto rows = static_cast<double>(best.ranking.size());
  if (best.ranking.size() > kMostRows)
    return AdjustAmong(family, best.goal, 0.5 * rows * (rows - 1));
  std::vector<double> others;
  for (std::size_t i = 2; i < best.ranking.size(); ++i) {
    for (std::size_t j = 1; j < i; ++j) {
      if (const auto p = DifferenceP(values(best.ranking[i]), values(best.ranking[j]), metric))
        others.push_back(*p);
    }
  }
  AdjustFamily(family, best.goal, others);
}

}  // namespace

Result<BestGroups> FindBest(const Comparison& comparison, const BestRequest& request) {
  BestGroups best;
  SF_ASSIGN(best.metric, FindMetric(comparison, request.metric));
  best.goal = comparison.metrics[best.metric].goal;
  SF_ASSIGN(best.ranking, GroupsWithin(comparison, request.within.value_or("1")));
  best.left_out = static_cast<int>(comparison.groups.size() - best.ranking.size());
  Rank(comparison, best);
  if (best.ranking.empty())
    return NotFound(fmt::format("no row {}has a finite figure of {}",
                                request.within ? "for which --within holds " : "",
                                comparison.metrics[best.metric].name));
  AddDifferences(comparison, best);
  return best;
}

}  // namespace sweepformer
