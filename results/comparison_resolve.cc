#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "orchestrator/core/printable.h"
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

/// What there is of a kind, the first few where they are many.
std::string ThereIs(std::string_view kind, const std::vector<std::string>& known) {
  constexpr std::size_t kMostListed = 50;
  if (known.empty()) return fmt::format("; the store has no {} yet", kind);
  if (known.size() <= kMostListed) return fmt::format("; there is {}", JoinWords(known, "and"));
  constexpr std::size_t kShown = 10;
  return fmt::format("; there are {}, among them {}; `sweepformer query \"SELECT name FROM {}\"`",
                     known.size(), JoinWords({known.begin(), known.begin() + kShown}, "and"),
                     kind) +
         " lists all";
}

Status UnknownName(std::string_view option, std::string_view kind, const std::string& name,
                   const std::vector<std::string>& known, bool is_the_other) {
  if (is_the_other) {
    return InvalidArgument(fmt::format("{}: '{}' is not a {} but belongs to {}", option, name, kind,
                                       option == "--by" ? "--metric" : "--by"));
  }
  const std::string near = DidYouMean(name, known);
  return InvalidArgument(fmt::format("{}: unknown {} '{}'{}", option, kind, name,
                                     near.empty() ? ThereIs(kind, known) : near));
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

std::vector<std::string> GoalsOf(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const SweepGoal& goal : sweep.goals) names.push_back(goal.metric);
  return names;
}

/// What is wanted of the metric: as the sweep says or, where it says nothing, the worker.
MetricSpec WithGoalOf(const Sweep& sweep, MetricSpec metric) {
  for (const SweepGoal& goal : sweep.goals) {
    if (SameName(goal.metric, metric.name)) metric.goal = goal.goal;
  }
  return metric;
}

/// The metrics that runs of the sweep's plan have figures of, NaN among them; a store may have
/// those of quite other sweeps.
Result<std::vector<std::string>> ReportedBy(const Connection& connection, const Catalog& catalog,
                                            const Sweep& sweep) {
  std::string tests = "1";
  for (const std::string& name : catalog.MetricNames())
    tests +=
        fmt::format(", max({} IS NOT NULL OR coalesce(instr(lower(nan_metrics), lower({})), 0))",
                    MetricColumn(name), SqlLiteral(FormatJson(Value(name))));
  SF_ASSIGN(
      Statement find,
      connection.Prepare(fmt::format(
          "SELECT {} FROM member CROSS JOIN run USING(run_key) WHERE sweep_key = ? AND in_plan",
          tests)));
  SF_TRY(find.BindAll(sweep.key).Step().status());
  std::vector<std::string> reported;
  int column = 0;
  for (const std::string& name : catalog.MetricNames())
    if (find.Int(++column) != 0) reported.push_back(name);
  return reported;
}

/// Why nothing can be compared although nothing was asked for by name.
Status NoMetrics(const Connection& connection, const Catalog& catalog, const Sweep& sweep) {
  SF_ASSIGN(const std::vector<std::string> reported, ReportedBy(connection, catalog, sweep));
  if (reported.empty()) {
    return InvalidArgument(fmt::format(
        "sweep '{}': no run has reported a final metric yet; compare it when one has", sweep.name));
  }
  const std::string why = sweep.goals.empty() ? "has no [goal]"
                                              : fmt::format("has no run that reports {}",
                                                            JoinWords(GoalsOf(sweep), "or"));
  return InvalidArgument(fmt::format("sweep '{}' {}, so name what to compare with --metric: {}",
                                     sweep.name, why, JoinWords(reported, "or", false)));
}

/// Sets what is compared: what is asked for or else those of the sweep's [goal] that are known.
Status ResolveMetrics(const Connection& connection, const Catalog& catalog,
                      const std::vector<std::string>& asked, ResolvedRequest& request) {
  std::vector<MetricSpec>& metrics = request.metrics;
  for (const std::string& name : asked.empty() ? GoalsOf(request.sweep) : asked) {
    const MetricSpec* known = catalog.FindMetric(name);
    if (!known && !asked.empty()) {
      return UnknownName("--metric", "metric", name, catalog.MetricNames(),
                         FindName(catalog.parameters(), name));
    }
    if (!known) {
      request.unreported.push_back(name);
      continue;
    }
    const bool is_listed = std::any_of(metrics.begin(), metrics.end(), [&](const MetricSpec& one) {
      return SameName(one.name, known->name);
    });
    if (!is_listed) metrics.push_back(WithGoalOf(request.sweep, *known));
  }
  return metrics.empty() ? NoMetrics(connection, catalog, request.sweep) : Status();
}

/// Columns of `runs` that are no parameters but that `rule` reads as if they were; none if that is
/// not all that is wrong with it.
std::vector<std::string> OtherColumns(SafeExpressions& expressions, const std::string& rule,
                                      const Catalog& catalog) {
  std::vector<std::string> names = catalog.parameters();
  const std::vector<std::string> metrics = catalog.MetricNames();
  names.insert(names.end(), metrics.begin(), metrics.end());
  for (const char* column : {"sweep", "id", "cell", "seed", "state", "label"}) {
    names.emplace_back(column);
  }
  const auto checked = expressions.Check(rule, names);
  const auto* read = std::get_if<NameSet>(&checked);
  std::vector<std::string> others;
  if (!read) return others;
  std::copy_if(read->begin(), read->end(), std::back_inserter(others),
               [&](const std::string& name) { return !FindName(catalog.parameters(), name); });
  return others;
}

Result<std::string> CheckedRule(std::string_view option, const std::string& rule,
                                const Catalog& catalog) {
  SF_ASSIGN(SafeExpressions expressions, SafeExpressions::Open());
  const auto checked = expressions.Check(rule, catalog.parameters());
  const auto* error = std::get_if<ExpressionError>(&checked);
  if (!error) return rule + "\n";  // ends a trailing comment
  const std::vector<std::string> others = OtherColumns(expressions, rule, catalog);
  if (others.empty()) {
    return InvalidArgument(fmt::format("{} \"{}\": {}", option, rule, error->message));
  }
  return InvalidArgument(fmt::format(
      "{} \"{}\": {} {}, and {} takes parameters only; `sweepformer query \"SELECT … FROM runs "
      "WHERE …\"` takes any column",
      option, rule, JoinWords(others, "and"),
      others.size() == 1 ? "is no parameter" : "are no parameters", option));
}

Result<std::int64_t> CountCells(const Connection& connection, const ResolvedRequest& request,
                                const Catalog& catalog, const std::string& condition) {
  const BoundedValues bounded(connection);  // a rule that passes here passes in later statements
  SF_ASSIGN(Statement count,
            connection.Prepare(fmt::format("SELECT count(*) FROM {} WHERE {}",
                                           PlannedCells(catalog, "1"), condition)));
  SF_TRY(RuleFailure(connection, count.BindAll(request.sweep.key).Step().status()));
  return count.Int(0);
}

/// NotFound or InvalidArgument if the rules leave nothing to compare.
Status CheckMatches(const Connection& connection, const Catalog& catalog,
                    const ComparisonRequest& asked, const ResolvedRequest& request) {
  const std::string where = fmt::format("({})", request.where);
  const auto left = CountCells(connection, request, catalog, where);
  if (!left.ok()) return left.status().WithContext("--where");
  if (*left == 0) {
    return NotFound(fmt::format("no run in the plan of sweep '{}'{}", request.sweep.name,
                                asked.where ? " is left by --where" : ""));
  }
  if (!request.baseline) return {};
  const std::string baseline = fmt::format("({})", *request.baseline);
  const auto all = CountCells(connection, request, catalog, baseline);
  if (!all.ok()) return all.status().WithContext("--baseline");
  if (*all == 0) {
    return InvalidArgument(
        fmt::format("--baseline \"{}\" matches no run in the plan of sweep '{}'; `sweepformer "
                    "compare {}` lists "
                    "what varies",
                    *asked.baseline, request.sweep.name, ShellWord(request.sweep.name)));
  }
  SF_ASSIGN(const std::int64_t kept,
            CountCells(connection, request, catalog, baseline + " AND " + where));
  if (kept > 0) return {};
  return InvalidArgument(fmt::format(
      "--where \"{}\" leaves out all runs of --baseline \"{}\"; let it keep them, e.g. --where "
      "\"({}) OR ({})\"",
      *asked.where, *asked.baseline, *asked.where, *asked.baseline));
}

/// Finds which parameters tell the cells that count apart.
Status FindVarying(const Connection& connection, const Catalog& catalog, ResolvedRequest& request) {
  if (catalog.parameters().empty()) return {};
  std::vector<std::string> tests;
  for (const std::string& name : catalog.parameters()) {
    tests.push_back(
        fmt::format("min({0}) IS NOT max({0}), count({0}) NOT IN (0, count(*))", QuoteName(name)));
  }
  SF_ASSIGN(Statement find,
            connection.Prepare(fmt::format("SELECT {} FROM {} WHERE ({})", fmt::join(tests, ", "),
                                           PlannedCells(catalog, "1"), request.where)));
  SF_TRY(find.BindAll(request.sweep.key).Step().status());
  int column = 0;
  for (const std::string& name : catalog.parameters()) {
    const bool varies = find.Int(column++) != 0;
    const bool lacks = find.Int(column++) != 0;
    if (varies) request.varying.insert(name);
    if (lacks && !varies) request.partial.insert(name);
  }
  return {};
}

/// How many combinations of values these parameters have in the cells that count.
Result<std::int64_t> CountCombinations(const Connection& connection, const Catalog& catalog,
                                       const ResolvedRequest& request,
                                       const std::set<std::string, NameLess>& names) {
  std::string columns = "1";
  for (const std::string& name : names) columns += ", " + QuoteName(name);
  SF_ASSIGN(Statement count, connection.Prepare(fmt::format(
                                 "SELECT count(*) FROM (SELECT DISTINCT {} FROM {} WHERE ({}))",
                                 columns, PlannedCells(catalog, "1"), request.where)));
  SF_TRY(count.BindAll(request.sweep.key).Step().status());
  return count.Int(0);
}

/// Takes `fewer` for `names` if they tell as many cells apart.
Status TryWith(std::set<std::string, NameLess> fewer, const Connection& connection,
               const Catalog& catalog, const ResolvedRequest& request,
               std::set<std::string, NameLess>& names) {
  if (fewer.size() == names.size()) return {};
  SF_ASSIGN(const std::int64_t with, CountCombinations(connection, catalog, request, names));
  SF_ASSIGN(const std::int64_t without, CountCombinations(connection, catalog, request, fewer));
  if (with == without) names = std::move(fewer);
  return {};
}

/// The parameters that vary. Those that are derived, or that some cells merely lack, follow from
/// others as a rule, and are left out unless cells would be taken together without them.
Result<std::vector<std::string>> DefaultBy(const Connection& connection, const Catalog& catalog,
                                           const ResolvedRequest& request) {
  std::set<std::string, NameLess> names = request.varying;
  names.insert(request.partial.begin(), request.partial.end());
  SF_TRY(TryWith(request.varying, connection, catalog, request, names));
  for (const std::string& name : request.derived) {
    std::set<std::string, NameLess> fewer = names;
    fewer.erase(name);
    SF_TRY(TryWith(std::move(fewer), connection, catalog, request, names));
  }
  std::vector<std::string> by;
  for (const std::string& name : catalog.parameters()) {
    if (names.contains(name)) by.push_back(name);
  }
  return by;
}

}  // namespace

Result<ResolvedRequest> Resolve(const Connection& connection, const ComparisonRequest& request) {
  ResolvedRequest resolved;
  resolved.derived.insert(request.derived.begin(), request.derived.end());
  SF_ASSIGN(resolved.sweep, FindSweep(connection, request.sweep));
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  SF_ASSIGN(resolved.by, ResolveBy(catalog, request.by));
  SF_TRY(ResolveMetrics(connection, catalog, request.metrics, resolved));
  if (request.where) {
    SF_ASSIGN(resolved.where, CheckedRule("--where", *request.where, catalog));
  }
  if (request.baseline) {
    SF_ASSIGN(resolved.baseline, CheckedRule("--baseline", *request.baseline, catalog));
  }
  SF_TRY(CheckMatches(connection, catalog, request, resolved));
  SF_TRY(FindVarying(connection, catalog, resolved));
  if (resolved.by.empty()) {
    SF_ASSIGN(resolved.by, DefaultBy(connection, catalog, resolved));
  }
  return resolved;
}

}  // namespace sweepformer
