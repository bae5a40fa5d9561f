#include <fmt/format.h>

#include <set>

#include "orchestrator/core/printable.h"
#include "results/table.h"
#include "tools/planning/plan_cells.h"
#include "tools/planning/plan_text.h"
#include "tools/planning/run_names.h"

namespace sweepformer {
namespace {

/// Whether the spec gives a parameter a number and a text that looks like it.
bool HasLookAlikes(const SweepSpec& spec, const std::string& name) {
  std::vector<Value> values;
  const auto take = [&](const Setting& setting) {
    if (SameName(setting.name, name)) values.push_back(setting.value.value);
  };
  for (const Setting& setting : spec.base) take(setting);
  for (const Point& point : spec.points)
    for (const Setting& setting : point.settings) take(setting);
  for (const GridDimension& dimension : spec.grid)
    for (const GridAxis& axis : dimension.columns) {
      if (!SameName(axis.name, name)) continue;
      for (const SpecValue& value : axis.values) values.push_back(value.value);
      if (axis.default_value) values.push_back(axis.default_value->value);
    }
  std::vector<Value> apart = values;
  TellApart(apart);
  return apart != values;
}

/// The columns of a plan's cells, and one row at a time.
class CellRows {
 public:
  CellRows(const SweepPlan& plan, const PlanStanding& standing)
      : plan_(plan), cells_(CellsOf(plan, standing)) {
    const RunNames names(plan.work);
    for (const std::string& name : plan.parameters) {
      if (!names.IsVarying(name)) continue;
      parameters_.push_back(name);
      if (HasLookAlikes(plan.spec, name)) quoted_.insert(name);
    }
    FindLabelsAndLimits();
  }

  std::size_t size() const { return cells_.size(); }

  std::vector<TextTable::Column> Columns() const {
    std::vector<TextTable::Column> columns = {{"cell"}};
    for (const std::string& name : parameters_) columns.push_back({name, Align::kRight});
    if (has_labels_) columns.push_back({"label"});
    columns.push_back({"done", Align::kRight});
    for (const std::string& name : limits_) columns.push_back({name, Align::kRight});
    return columns;
  }

  std::vector<std::string> Row(std::size_t place) const {
    const PlanCell& cell = cells_[place];
    const PlannedWork& work = plan_.work[cell.first_run];
    std::vector<std::string> row = {work.config.cell().substr(0, 8)};
    const Parameters parameters = work.config.parameters();
    for (const std::string& name : parameters_) {
      const auto it = parameters.find(name);
      row.push_back(it == parameters.end() ? "-" : ValueText(name, it->second));
    }
    if (has_labels_) row.push_back(PrintableLine(work.terms->label));
    row.push_back(fmt::format("{}/{}", cell.succeeded, cell.runs));
    auto texts = LimitTexts(work.terms->limits);
    for (const std::string& name : limits_) {
      row.push_back(texts[name].empty() ? "-" : texts[name]);
    }
    return row;
  }

 private:
  std::string ValueText(const std::string& name, const Value& value) const {
    const bool quote = quoted_.contains(name) && std::holds_alternative<std::string>(value);
    return fmt::format("{0}{1}{0}", quote ? "'" : "", PrintableLine(FormatValue(value)));
  }

  void FindLabelsAndLimits() {
    std::map<std::string, std::map<std::string, std::size_t>> counts;  // by limit and text
    for (const PlanCell& cell : cells_) {
      const PlannedWork& work = plan_.work[cell.first_run];
      has_labels_ = has_labels_ || !work.terms->label.empty();
      if (plan_.spec.limit_rules.empty()) continue;
      for (const auto& [name, text] : LimitTexts(work.terms->limits)) ++counts[name][text];
    }
    for (const auto& [name, texts] : counts) {
      if (texts.size() > 1 || texts.begin()->second < cells_.size()) limits_.push_back(name);
    }
  }

  const SweepPlan& plan_;
  const std::vector<PlanCell> cells_;
  std::vector<std::string> parameters_;
  std::set<std::string> quoted_;     ///< parameters whose texts are put in quotes
  std::vector<std::string> limits_;  ///< those that differ
  bool has_labels_ = false;
};

}  // namespace

void WriteCellTable(const SweepPlan& plan, const PlanStanding& standing, std::ostream& out) {
  const CellRows rows(plan, standing);
  WriteText(
      rows.Columns(), rows.size(), [&](std::size_t place) { return rows.Row(place); }, out);
}

}  // namespace sweepformer
