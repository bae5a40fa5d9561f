#include "tools/planning/plan_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tools/planning/run_names.h"

namespace sweepformer {
namespace {

using Json = nlohmann::ordered_json;

std::string Plural(std::int64_t count, const std::string& word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string DimensionText(const GridDimension& dimension) {
  std::string names;
  for (const GridAxis& axis : dimension.columns) names += (names.empty() ? "" : "+") + axis.name;
  std::string text = fmt::format("{} ({})", names, dimension.columns.front().values.size());
  if (dimension.when) text += fmt::format(" when {}", dimension.when->text);
  return text;
}

std::string AxesText(const SweepSpec& spec) {
  std::string text;
  for (const GridDimension& dimension : spec.grid) {
    text += fmt::format("  {:<9} {}\n", text.empty() ? "axes" : "  ×", DimensionText(dimension));
  }
  if (!spec.points.empty()) {
    text += fmt::format("  {:<9} {}\n", "points", Plural(spec.points.size(), "extra cell"));
  }
  return text;
}

std::string DroppedText(const SweepPlan& plan) {
  std::string text;
  for (const ExclusionCount& rule : plan.exclusions) {
    text += fmt::format("  {:<9} {} where {}: {}\n", "dropped", Plural(rule.dropped, "cell"),
                        rule.when, rule.why);
  }
  if (plan.left_out_by_only > 0) {
    text +=
        fmt::format("  {:<9} {} left out by --only\n", "", Plural(plan.left_out_by_only, "cell"));
  }
  if (plan.kept_as_parents > 0) {
    text += fmt::format("  {:<9} {} kept in spite of --only: others start from {}\n", "",
                        Plural(plan.kept_as_parents, "cell"),
                        plan.kept_as_parents == 1 ? "it" : "them");
  }
  if (plan.twins > 0) {
    text += fmt::format("  {:<9} {} the same as an earlier one and run once\n", "twins",
                        plan.twins == 1 ? "1 cell is" : fmt::format("{} cells are", plan.twins));
  }
  return text;
}

std::string StandingText(const PlanStanding& standing) {
  if (!standing.exists) {
    return fmt::format("  {:<9} {}, not made yet: all {} to run\n", "store", standing.store,
                       standing.counts.total);
  }
  const PlanCounts& counts = standing.counts;
  std::string text =
      fmt::format("  {:<9} {} has {} of them", "store", standing.store, counts.succeeded);
  if (counts.failed > 0) text += fmt::format(", {} failed (--retry-failed)", counts.failed);
  if (counts.running > 0) text += fmt::format(", {} running", counts.running);
  return text + fmt::format("; {} to run\n", counts.left);
}

Json ValueJson(const Value& value) { return Json::parse(FormatJson(value)); }

Json ParametersJson(const Parameters& parameters) {
  Json json = Json::object();
  for (const auto& [name, value] : parameters) json[name] = ValueJson(value);
  return json;
}

Json RunsJson(const SweepPlan& plan) {
  Json runs = Json::array();
  for (const PlannedWork& work : plan.work) {
    runs.push_back({{"id", work.config.id()},
                    {"cell", work.config.cell()},
                    {"seed", work.config.seed()},
                    {"label", work.label},
                    {"parameters", ParametersJson(work.config.parameters())}});
  }
  return runs;
}

}  // namespace

std::string PlanText(const SweepPlan& plan, const PlanStanding& standing) {
  std::string text = plan.spec.name;
  if (!plan.spec.about.empty()) text += ": " + plan.spec.about;
  text += "\n" + AxesText(plan.spec);
  text += fmt::format("  {:<9} {} before any rule\n", "cells", plan.grid_cells);
  text += DroppedText(plan);
  text +=
      fmt::format("  {:<9} {} = {} × {}\n", "runs", plan.work.size(),
                  Plural(plan.cells - plan.twins, "cell"), Plural(plan.spec.seeds.size(), "seed"));
  text += StandingText(standing);
  for (const std::string& note : plan.notes) text += "  note      " + note + "\n";
  return text;
}

std::string PlanJson(const SweepPlan& plan, const PlanStanding& standing) {
  Json rules = Json::array();
  for (const ExclusionCount& rule : plan.exclusions) {
    rules.push_back({{"when", rule.when},
                     {"why", rule.why},
                     {"matched", rule.matched},
                     {"dropped", rule.dropped}});
  }
  Json json = {{"version", 1},
               {"sweep", plan.spec.name},
               {"about", plan.spec.about},
               {"grid_cells", plan.grid_cells},
               {"cells", plan.cells},
               {"left_out_by_only", plan.left_out_by_only},
               {"excluded", rules},
               {"seeds", plan.spec.seeds},
               {"store",
                {{"file", standing.store},
                 {"exists", standing.exists},
                 {"succeeded", standing.counts.succeeded},
                 {"failed", standing.counts.failed},
                 {"left", standing.counts.left}}},
               {"warnings", plan.notes},
               {"runs", RunsJson(plan)}};
  return json.dump(2) + "\n";
}

std::string CellList(const SweepPlan& plan) {
  const RunNames names(plan.work);
  std::set<std::string> seen;
  std::string list;
  for (const PlannedWork& work : plan.work) {
    if (!seen.insert(work.config.cell()).second) continue;
    list += fmt::format("  {}  {}\n", work.config.cell().substr(0, 8), names.CellName(work));
  }
  return list;
}

}  // namespace sweepformer
