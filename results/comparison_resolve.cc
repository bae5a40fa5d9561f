#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "orchestrator/core/suggest.h"
#include "orchestrator/sql/sandbox.h"
#include "results/comparison_data.h"

namespace sweepformer {
namespace {

/// The name among `known` as it is spelled there.
const std::string* FindName(const std::vector<std::string>& known, const std::string& name) {
  const auto it = std::find_if(known.begin(), known.end(),
                               [&](const std::string& one) { return SameName(one, name); });
  return it == known.end() ? nullptr : &*it;
}

Status UnknownName(std::string_view option, std::string_view kind, const std::string& name,
                   const std::vector<std::string>& known, bool is_the_other) {
  if (is_the_other) {
    return InvalidArgument(fmt::format("{}: '{}' is not a {} but belongs to {}", option, name, kind,
                                       option == "--by" ? "--metric" : "--by"));
  }
  const std::string near = DidYouMean(name, known);
  return InvalidArgument(
      fmt::format("{}: unknown {} '{}'{}", option, kind, name,
                  near.empty() ? fmt::format("; there is {}", JoinWords(known, "and")) : near));
}

Result<std::vector<std::string>> ResolveBy(const Catalog& catalog,
                                           const std::vector<std::string>& asked) {
  std::vector<std::string> by;
  for (const std::string& name : asked) {
    const std::string* known = FindName(catalog.parameters(), name);
    if (!known) {
      return UnknownName("--by", "parameter", name, catalog.parameters(), catalog.FindMetric(name));
    }
    if (!FindName(by, name)) by.push_back(*known);
  }
  return by;
}

Result<std::vector<MetricSpec>> ResolveMetrics(const Catalog& catalog, const Sweep& sweep,
                                               const std::vector<std::string>& asked) {
  std::vector<MetricSpec> metrics;
  for (const std::string& name : asked.empty() ? sweep.goals : asked) {
    const MetricSpec* known = catalog.FindMetric(name);
    if (!known) {
      return UnknownName(asked.empty() ? "[goal]" : "--metric", "metric", name,
                         catalog.MetricNames(), FindName(catalog.parameters(), name));
    }
    metrics.push_back(*known);
  }
  if (!metrics.empty()) return metrics;
  return InvalidArgument(
      fmt::format("sweep '{}' has no [goal], so name what to compare with --metric: {}", sweep.name,
                  catalog.metrics().empty() ? "no run has reported a final metric yet"
                                            : JoinWords(catalog.MetricNames(), "or", false)));
}

Result<std::string> CheckedRule(std::string_view option, const std::string& rule,
                                const Catalog& catalog) {
  SF_ASSIGN(SafeExpressions expressions, SafeExpressions::Open());
  const auto checked = expressions.Check(rule, catalog.parameters());
  if (const auto* error = std::get_if<ExpressionError>(&checked)) {
    return InvalidArgument(fmt::format("{} \"{}\": {}", option, rule, error->message));
  }
  return rule + "\n";  // ends a trailing comment
}

/// Names of parameters that differ between the cells that count, NULL being a value.
Result<std::set<std::string, NameLess>> VaryingNames(const Connection& connection,
                                                     const Catalog& catalog,
                                                     const ResolvedRequest& request) {
  std::vector<std::string> tests = {"count(*)"};
  for (const std::string& name : catalog.parameters()) {
    tests.push_back(fmt::format("min({0}) IS NOT max({0}) OR count({0}) NOT IN (0, count(*))",
                                QuoteName(name)));
  }
  SF_ASSIGN(Statement find, connection.Prepare(fmt::format(
                                "SELECT {} FROM runs WHERE sweep = ? AND in_plan AND ({})",
                                fmt::join(tests, ", "), request.where)));
  SF_TRY(find.BindAll(request.sweep.name).Step().status());
  if (find.Int(0) == 0) {
    return NotFound(fmt::format("no run in the plan of sweep '{}'{}", request.sweep.name,
                                request.where == "1" ? "" : " is left by --where"));
  }
  std::set<std::string, NameLess> varying;
  for (std::size_t i = 0; i < catalog.parameters().size(); ++i) {
    if (find.Int(static_cast<int>(i) + 1) != 0) varying.insert(catalog.parameters()[i]);
  }
  return varying;
}

}  // namespace

Result<ResolvedRequest> Resolve(const Connection& connection, const ComparisonRequest& request) {
  ResolvedRequest resolved;
  SF_ASSIGN(resolved.sweep, FindSweep(connection, request.sweep));
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  SF_ASSIGN(resolved.by, ResolveBy(catalog, request.by));
  SF_ASSIGN(resolved.metrics, ResolveMetrics(catalog, resolved.sweep, request.metrics));
  if (request.where) {
    SF_ASSIGN(resolved.where, CheckedRule("--where", *request.where, catalog));
  }
  if (request.baseline) {
    SF_ASSIGN(resolved.baseline, CheckedRule("--baseline", *request.baseline, catalog));
  }
  SF_ASSIGN(resolved.varying, VaryingNames(connection, catalog, resolved));
  if (!resolved.by.empty()) return resolved;
  for (const std::string& name : catalog.parameters()) {
    if (resolved.varying.contains(name)) resolved.by.push_back(name);
  }
  return resolved;
}

}  // namespace sweepformer
