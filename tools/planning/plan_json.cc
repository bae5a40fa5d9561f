#include "tools/planning/plan_json.h"

#include <nlohmann/json.hpp>

#include "results/statistics/power.h"
#include "tools/planning/plan_cells.h"

namespace sweepformer {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ValueJson(const Value& value) { return Json::parse(FormatJson(value)); }

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json AxisJson(const GridDimension& dimension) {
  Json names = Json::array(), values = Json::array();
  for (const GridAxis& axis : dimension.columns) {
    names.push_back(axis.name);
    Json column = Json::array();
    for (const SpecValue& value : axis.values) column.push_back(ValueJson(value.value));
    values.push_back(std::move(column));
  }
  Json json = {{"names", names}, {"size", dimension.columns.front().values.size()}};
  json["when"] = dimension.when ? Json(dimension.when->text) : Json();
  json["values"] = std::move(values);
  return json;
}

Json AxesJson(const SweepSpec& spec) {
  Json axes = Json::array();
  for (const GridDimension& dimension : spec.grid) axes.push_back(AxisJson(dimension));
  return axes;
}

Json RulesJson(const SweepPlan& plan) {
  Json rules = Json::array();
  for (const ExclusionCount& rule : plan.exclusions) {
    rules.push_back({{"when", rule.when},
                     {"why", rule.why},
                     {"matched", rule.matched},
                     {"dropped", rule.dropped}});
  }
  return rules;
}

Json StoreJson(const PlanStanding& standing) {
  const PlanCounts& counts = standing.counts;
  return {{"file", standing.store},
          {"exists", standing.exists},
          {"succeeded", counts.succeeded},
          {"failed", counts.failed},
          {"aborted", counts.aborted},
          {"left", counts.left},
          {"for_weights", standing.for_weights},
          {"running", standing.orchestrator_gone ? 0 : counts.running},
          {"lost", standing.orchestrator_gone ? counts.running : 0}};
}

/// null: the store has no sweep of this name.
Json BegunJson(const SweepPlan& plan, const PlanStanding& standing) {
  if (!standing.sweep) return {};
  const SweepExtension& sweep = *standing.sweep;
  return {{"runs", sweep.in_plan},        {"succeeded", sweep.succeeded},
          {"added", sweep.added},         {"returning", sweep.returning},
          {"not_named", sweep.leaving},   {"marked_by_run", plan.whole ? sweep.leaving : 0},
          {"outside_plan", sweep.outside}};
}

/// null: there is nothing to go by, or nothing left.
Json EstimateJson(const PlanStanding& standing) {
  if (!standing.estimate) return {};
  const PlanEstimate& estimate = *standing.estimate;
  return {{"seconds", estimate.seconds},
          {"run_seconds", estimate.run_seconds},
          {"peak_rss_bytes", standing.peak ? Json(standing.peak->peak.bytes) : Json()},
          {"from_runs", estimate.from_runs},
          {"same_cell_runs", estimate.same_cell_runs}};
}

constexpr std::string_view BasisWord(PeakBasis basis) {
  switch (basis) {
    case PeakBasis::kOwnCell: return "own";
    case PeakBasis::kNeighbours: return "neighbours";
    default: return "declared";
  }
}

/// null: nothing is left, or of some of it nothing is known.
Json MemoryJson(const SweepPlan& plan, const PlanStanding& standing) {
  if (!standing.peak) return {};
  const auto& [peak, run, beyond_machine] = *standing.peak;
  return {{"peak_rss_bytes", peak.bytes},
          {"basis", BasisWord(peak.basis)},
          {"run", plan.work[run].config.id()},
          {"beyond_machine", beyond_machine}};
}

/// null: a single cell has none to be held against.
Json DetectableJson(const PlanStanding& standing) {
  if (!standing.detectable) return {};
  const Detectable& detectable = *standing.detectable;
  const TestDesign design;
  Json json = {{"metric", detectable.metric.empty() ? Json() : Json(detectable.metric)},
               {"seeds", detectable.seeds},
               {"alpha", design.alpha},
               {"power", design.power},
               {"shift_sd", OrNull(detectable.shift)},
               {"difference", OrNull(detectable.difference())}};
  json["sd"] = detectable.noise ? Json(detectable.noise->sd) : Json();
  json["paired"] = detectable.noise ? Json(detectable.noise->paired) : Json();
  json["from_runs"] = detectable.noise ? detectable.noise->runs : 0;
  return json;
}

Json LimitsJson(const Limits& limits) {
  Json json = Json::object();
  if (limits.cpus) json["cpus"] = *limits.cpus;
  if (limits.mem_bytes) json["mem_bytes"] = *limits.mem_bytes;
  if (limits.timeout_s) json["timeout_seconds"] = *limits.timeout_s;
  for (const auto& [name, count] : limits.named) json[name] = count;
  return json;
}

Json ParametersJson(const Parameters& parameters) {
  Json json = Json::object();
  for (const auto& [name, value] : parameters) json[name] = ValueJson(value);
  return json;
}

Json RunJson(const PlannedWork& work, RunState state) {
  return {{"id", work.config.id()},
          {"cell", work.config.cell()},
          {"kind", RunKindWord(work.config.kind())},
          {"seed", work.config.seed()},
          {"label", work.terms->label},
          {"state", Word(state)},
          {"parent", work.config.parent().empty() ? Json() : Json(work.config.parent())},
          {"parameters", ParametersJson(work.config.parameters())}};
}

Json CellJson(const PlannedWork& work, const PlanCell& cell) {
  return {{"cell", work.config.cell()},
          {"label", work.terms->label},
          {"runs", cell.runs},
          {"succeeded", cell.succeeded},
          {"failed", cell.failed},
          {"limits", LimitsJson(work.terms->limits)},
          {"parameters", ParametersJson(work.config.parameters())}};
}

Json Summary(const SweepPlan& plan, const PlanStanding& standing) {
  return {{"version", 1},
          {"sweep", plan.spec.name},
          {"about", plan.spec.about},
          {"axes", AxesJson(plan.spec)},
          {"points", plan.spec.points.size()},
          {"grid_cells", plan.grid_cells},
          {"cells", plan.cells},
          {"left_out_by_only", plan.left_out_by_only},
          {"kept_as_parents", plan.kept_as_parents},
          {"twins", plan.twins},
          {"probes", plan.probes},
          {"whole", plan.whole},
          {"excluded", RulesJson(plan)},
          {"seeds", plan.spec.seeds},
          {"limits", LimitsJson(plan.spec.limits)},
          {"store", StoreJson(standing)},
          {"begun", BegunJson(plan, standing)},
          {"estimate", EstimateJson(standing)},
          {"memory", MemoryJson(plan, standing)},
          {"detectable", DetectableJson(standing)},
          {"warnings", plan.notes}};
}

/// `"name": [...]` with one item a line, as they come.
template <typename ItemAt>
void WriteArray(const char* name, std::size_t size, const ItemAt& item, std::ostream& out) {
  out << ",\n  \"" << name << "\": [";
  for (std::size_t i = 0; i < size; ++i) out << (i > 0 ? ",\n    " : "\n    ") << Dump(item(i));
  out << (size > 0 ? "\n  ]" : "]");
}

}  // namespace

void WritePlanJson(const SweepPlan& plan, const PlanStanding& standing, PlanDetail detail,
                   std::ostream& out) {
  const char* before = "{\n  ";
  const Json summary = Summary(plan, standing);
  for (const auto& [key, value] : summary.items()) {
    out << before << Json(key) << ": " << Dump(value);
    before = ",\n  ";
  }
  if (detail == PlanDetail::kRunsAndCells) {
    const std::vector<PlanCell> cells = CellsOf(plan, standing);
    WriteArray(
        "cell_list", cells.size(),
        [&](std::size_t i) { return CellJson(plan.work[cells[i].first_run], cells[i]); }, out);
  }
  WriteArray(
      "runs", plan.work.size(),
      [&](std::size_t run) { return RunJson(plan.work[run], standing.states[run]); }, out);
  out << "\n}\n";
}

}  // namespace sweepformer
