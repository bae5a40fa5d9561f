#include "orchestrator/spec/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "orchestrator/core/printable.h"
#include "orchestrator/spec/check_value.h"
#include "orchestrator/spec/describe_cell.h"
#include "orchestrator/spec/grid_table.h"
#include "orchestrator/spec/parents.h"
#include "orchestrator/spec/read_cells.h"

namespace sweepformer {
namespace {

constexpr const char* kTable = "cells";

/// The cells of the grid that no rule has dropped.
constexpr const char* kLeftOfGrid = "\"#point\" IS NULL AND \"#dropped\" IS NULL";

/// Whether the command line replaces a value of `point`: what then fits no more is not its fault.
bool IsChanged(const Point& point) {
  return std::any_of(point.settings.begin(), point.settings.end(),
                     [](const Setting& setting) { return !setting.value.where.known(); });
}

}  // namespace

struct Expansion::State {
  State(const SweepSpec& sweep_spec, const WorkerDescription* described, SafeExpressions safe)
      : spec(sweep_spec), worker(described), sandbox(std::move(safe)) {}

  Status Build(const std::optional<std::string>& only, std::int64_t most_cells);

  Status FillTable(std::int64_t most_cells);
  Status AddPoint(const Point& point, std::size_t index, std::int64_t most_cells);
  Status RefuseTwinPoints();
  Status RefuseAbsent();
  Status RefuseInactive();
  Status RefuseInactiveInPoints();
  Status RefuseInactiveOne(const std::string& name, const Location& where,
                           const std::string& where_sql);
  Status RefuseBytes(const Derived& derived);
  Status RefuseNoValue(const Derived& derived, const ParameterSpec& declared);
  Status CheckDerived();
  Status ApplyExclusions();
  Status CheckRequirements();
  Location LastGiven(const NameSet& reads, const Value& point) const;
  Status RequirementError(const ParameterCheck& check, const NameSet& reads,
                          std::int64_t cells_broken);
  Status CheckLimitRules();
  Status FindIdleAxes();
  Status FindIdleSettings();
  Status FindIdleSetting(const std::string& name, const SpecValue& given, const std::string& when,
                         const std::string& used);
  Status ApplyInitFrom();
  Status ApplyOnly(const std::string& only);

  Result<std::int64_t> Count(const std::string& condition);
  Result<std::int64_t> CountMatches(const Expression& rule);
  Result<std::string> DescribeOne(const std::string& condition);
  std::string NameList() const;

  SweepSpec spec;
  const WorkerDescription* worker;
  mutable SafeExpressions sandbox;
  Universe universe;
  std::vector<std::string> names;
  std::vector<ExclusionCount> exclusions;
  std::vector<IdleRule> idle_rules;
  std::vector<IdleSetting> idle_settings;
  std::int64_t grid_cells = 0;
  std::int64_t cells = 0;
  std::int64_t left_out_by_only = 0;
  std::int64_t kept_as_parents = 0;
};

Result<std::int64_t> Expansion::State::Count(const std::string& condition) {
  SF_ASSIGN(Statement count, sandbox.connection().Prepare(fmt::format(
                                 "SELECT count(*) FROM {} WHERE {}", kTable, condition)));
  SF_TRY(RuleFailure(sandbox.connection(), count.Step().status()));
  return static_cast<std::int64_t>(AsDouble(count.Column(0)));
}

/// In how many cells a rule holds; a failure points to the rule.
Result<std::int64_t> Expansion::State::CountMatches(const Expression& rule) {
  auto count = Count("(" + rule.text + "\n)");
  if (count.status().code() != Code::kInvalidArgument) return count;
  return spec.source.Error(rule.where, count.status().message());
}

/// The columns of the parameters, each after a comma.
std::string Expansion::State::NameList() const {
  std::string list;
  for (const std::string& name : names) list += ", " + QuoteName(name);
  return list;
}

/// Adds the points to the table of the grid, which has a column per name of either.
Status Expansion::State::FillTable(std::int64_t most_cells) {
  SF_ASSIGN(universe, MakeUniverse(spec, worker));
  names = universe.Names();
  const bool has_grid = !universe.dimensions.empty() || spec.points.empty();
  if (has_grid) {
    SF_TRY(BuildGridTable(sandbox, spec.source, universe, kTable, most_cells));
  } else {
    SF_TRY(sandbox.connection().Execute(
        fmt::format("CREATE TEMP TABLE {} (\"#row\"{})", kTable, NameList())));
  }
  for (const char* column : {"#point", "#dropped", "#rule", "#parent"})
    SF_TRY(sandbox.connection().Execute(
        fmt::format("ALTER TABLE {} ADD COLUMN {}", kTable, QuoteName(column))));
  for (std::size_t i = 0; i < spec.points.size(); ++i)
    SF_TRY(AddPoint(spec.points[i], i, most_cells));
  SF_ASSIGN(grid_cells, Count("1"));
  return {};
}

Status Expansion::State::AddPoint(const Point& point, std::size_t index, std::int64_t most_cells) {
  SF_ASSIGN(const Universe given, MakeUniverse(spec, worker, point));
  SF_TRY(BuildGridTable(sandbox, spec.source, given, "point", most_cells));
  Connection& db = sandbox.connection();
  SF_TRY(db.Execute(fmt::format("INSERT INTO {0} (\"#point\"{1}) SELECT {2}{1} FROM point", kTable,
                                NameList(), index)));
  return db.Execute("DROP TABLE point");
}

/// Two points of the same content would be one cell under two labels.
Status Expansion::State::RefuseTwinPoints() {
  std::map<std::vector<Value>, std::size_t> first_with;
  SF_ASSIGN(Statement rows, sandbox.connection().Prepare(
                                fmt::format("SELECT \"#point\"{} FROM {} WHERE \"#dropped\" IS "
                                            "NULL AND \"#point\" IS NOT NULL ORDER BY rowid",
                                            NameList(), kTable)));
  for (;;) {
    SF_ASSIGN(const bool more, rows.Step());
    if (!more) return {};
    std::vector<Value> content;
    for (std::size_t i = 0; i < names.size(); ++i)
      content.push_back(Canonical(rows.Column(static_cast<int>(i) + 1)));
    const auto index = static_cast<std::size_t>(rows.Int(0));
    const auto [first, is_new] = first_with.emplace(std::move(content), index);
    const Point& point = spec.points[index];
    const Point& other = spec.points[first->second];
    if (is_new || IsChanged(point) || IsChanged(other)) continue;
    return spec.source.Error(
        point.where,
        fmt::format(
            "this [[point]] is the same cell as the one at {}; change or remove one of them",
            spec.source.Describe(other.where)));
  }
}

/// An axis the worker does not use in some cells would repeat the same run under other names.
Status Expansion::State::RefuseInactive() {
  if (!worker) return {};
  for (const GridDimension& dimension : universe.dimensions)
    for (const GridAxis& axis : dimension.columns) {
      const ParameterSpec* declared = worker->FindParameter(axis.name);
      if (declared->when.empty()) continue;
      SF_TRY(RefuseInactiveOne(axis.name, axis.where,
                               fmt::format("{} AND {} IS NOT NULL AND ({}\n) IS NOT TRUE",
                                           kLeftOfGrid, QuoteName(axis.name), declared->when)));
    }
  return {};
}

/// The same of what a point gives, which the table does not hold where it is inactive.
Status Expansion::State::RefuseInactiveInPoints() {
  if (!worker) return {};
  for (std::size_t i = 0; i < spec.points.size(); ++i) {
    if (IsChanged(spec.points[i])) continue;
    for (const Setting& setting : spec.points[i].settings) {
      const ParameterSpec* declared = worker->FindParameter(setting.name);
      if (!declared || declared->when.empty()) continue;
      const std::string unused = fmt::format(
          "\"#point\" = {} AND \"#dropped\" IS NULL AND {} IS NULL", i, QuoteName(setting.name));
      SF_TRY(RefuseInactiveOne(setting.name, setting.where, unused));
    }
  }
  return {};
}

Status Expansion::State::RefuseInactiveOne(const std::string& name, const Location& where,
                                           const std::string& where_sql) {
  SF_ASSIGN(const std::int64_t count, Count(where_sql));
  if (count == 0) return {};
  const ParameterSpec* declared = worker->FindParameter(name);
  SF_ASSIGN(const std::string example, DescribeOne(where_sql));
  return spec.source.Error(
      where,
      fmt::format("'{}' has no effect where it is not true that {}{}; give it only "
                  "there: when = \"{}\"",
                  name, declared->when, example.empty() ? "" : fmt::format(" (e.g. {})", example),
                  declared->when));
}

/// Where an axis leaves out what the worker uses all the same, the worker would take its default,
/// and the cell would say otherwise.
Status Expansion::State::RefuseAbsent() {
  if (!worker) return {};
  for (const GridDimension& dimension : universe.dimensions)
    for (const GridAxis& axis : dimension.columns) {
      const ParameterSpec* declared = worker->FindParameter(axis.name);
      if (IsNull(declared->default_value)) continue;
      const std::string used = declared->when.empty() ? "1" : declared->when;
      const std::string absent =
          fmt::format("{} AND {} IS NULL AND ({}\n)", kLeftOfGrid, QuoteName(axis.name), used);
      SF_ASSIGN(const std::int64_t count, Count(absent));
      if (count == 0) continue;
      SF_ASSIGN(const std::string example, DescribeOne(absent));
      const std::string advice =
          dimension.columns.size() > 1
              ? "a [[zip]] has no default, so give these cells as a [[point]], or the parameter an "
                "axis of its own"
              : "say which value it has there, e.g. default = " +
                    FormatJson(declared->default_value);
      return spec.source.Error(axis.where,
                               fmt::format("'{}' is left out of some cells (e.g. {}) in which the "
                                           "worker uses it; {}",
                                           axis.name, example, advice));
    }
  return {};
}

/// The parameters that the spec gives, in one cell that meets `condition`.
Result<std::string> Expansion::State::DescribeOne(const std::string& condition) {
  const std::vector<std::string> all = spec.ParameterNames();
  const NameSet said(all.begin(), all.end());
  std::vector<std::string> given;
  for (const std::string& name : names)
    if (said.contains(name)) given.push_back(name);
  return DescribeCell(sandbox.connection(), kTable, given, condition);
}

/// Bytes, a NUL in text, and what is no UTF-8, e.g. half a character, cannot be handed to a worker.
Status Expansion::State::RefuseBytes(const Derived& derived) {
  SF_ASSIGN(const std::int64_t count,
            Count(fmt::format("typeof({0}) = 'blob' OR instr(CAST({0} AS BLOB), x'00') > 0",
                              QuoteName(derived.name))));
  bool is_text = count == 0;
  SF_ASSIGN(Statement texts, sandbox.connection().Prepare(
                                 fmt::format("SELECT {0} FROM {1} WHERE typeof({0}) = 'text'",
                                             QuoteName(derived.name), kTable)));
  while (is_text) {
    SF_ASSIGN(const bool more, texts.Step());
    if (!more) return {};
    is_text = IsUtf8(texts.Text(0));
  }
  return spec.source.Error(
      derived.expression.where,
      fmt::format("'{}' must come out as text or a number, not as bytes", derived.name));
}

/// Where [let] gives no value the worker would take its default, and the cell would say otherwise.
Status Expansion::State::RefuseNoValue(const Derived& derived, const ParameterSpec& declared) {
  if (IsNull(declared.default_value)) return {};
  const std::string absent =
      fmt::format("\"#dropped\" IS NULL AND {} IS NULL AND ({}\n)", QuoteName(declared.name),
                  declared.when.empty() ? "1" : declared.when);
  SF_ASSIGN(const std::int64_t count, Count(absent));
  if (count == 0) return {};
  SF_ASSIGN(const std::string example, DescribeOne(absent));
  return spec.source.Error(
      derived.expression.where,
      fmt::format(
          "'{}' has no value in some cells (e.g. {}) in which the worker uses it; say which "
          "it has there (the worker's default is {})",
          declared.name, example.empty() ? "all defaults" : example,
          FormatJson(declared.default_value)));
}

/// The results of [let] must fit the description as much as values that are written out.
Status Expansion::State::CheckDerived() {
  for (const Derived& derived : spec.derived) SF_TRY(RefuseBytes(derived));
  if (!worker) return {};
  for (const Derived& derived : spec.derived) {
    const ParameterSpec* declared = worker->FindParameter(derived.name);
    SF_TRY(RefuseNoValue(derived, *declared));
    const std::string column = QuoteName(derived.name);
    SF_ASSIGN(Statement values,
              sandbox.connection().Prepare(fmt::format(
                  "SELECT DISTINCT {} FROM {} WHERE \"#dropped\" IS NULL", column, kTable)));
    for (;;) {
      SF_ASSIGN(const bool more, values.Step());
      if (!more) break;
      const Value value = values.Column(0);
      const auto problem = CheckValue(*declared, value);
      if (!problem) continue;
      SF_ASSIGN(
          const std::string example,
          DescribeOne(fmt::format("\"#dropped\" IS NULL AND {} IS {}", column, SqlLiteral(value))));
      return spec.source.Error(derived.expression.where,
                               fmt::format("{} (where {})", *problem, example));
    }
  }
  return {};
}

Status Expansion::State::ApplyExclusions() {
  for (std::size_t i = 0; i < spec.exclusions.size(); ++i) {
    const Exclusion& rule = spec.exclusions[i];
    SF_TRY(CheckExpression(sandbox, spec.source, rule.when, names).status());
    ExclusionCount count{rule.when.text, rule.why, 0, 0};
    const std::string condition = "(" + rule.when.text + "\n)";
    SF_ASSIGN(count.matched, CountMatches(rule.when));
    SF_ASSIGN(count.dropped, Count("\"#dropped\" IS NULL AND " + condition));
    SF_TRY(sandbox.connection().Execute(
        fmt::format("UPDATE {} SET \"#dropped\" = {} WHERE \"#dropped\" IS NULL AND {}", kTable, i,
                    condition)));
    if (count.matched == 0) idle_rules.push_back({"exclude rule", rule.when.text});
    exclusions.push_back(std::move(count));
  }
  SF_ASSIGN(cells, Count("\"#dropped\" IS NULL"));
  if (cells > 0 || spec.exclusions.empty()) return {};
  return spec.source.Error(spec.exclusions.front().when.where,
                           "every cell is excluded: no run is left; loosen an [[exclude]]");
}

/// What the worker demands of every run, across parameters.
Status Expansion::State::CheckRequirements() {
  if (!worker || worker->checks.empty()) return {};
  std::vector<NameSet> reads;
  std::string counts;
  for (const ParameterCheck& check : worker->checks) {
    auto read = CheckExpression(sandbox, spec.source, {check.require, {}}, names);
    if (!read.ok()) {
      return read.status().WithContext(
          fmt::format("the worker's description: the check '{}'", check.require));
    }
    reads.push_back(std::move(*read));
    counts += fmt::format("{}sum(({}\n) IS FALSE)", counts.empty() ? "" : ", ", check.require);
  }
  SF_ASSIGN(Statement broken, sandbox.connection().Prepare(fmt::format(
                                  "SELECT {} FROM {} WHERE \"#dropped\" IS NULL", counts, kTable)));
  SF_TRY(RuleFailure(sandbox.connection(), broken.Step().status()));
  for (std::size_t i = 0; i < worker->checks.size(); ++i)
    if (const std::int64_t cells_broken = broken.Int(static_cast<int>(i)); cells_broken > 0)
      return RequirementError(worker->checks[i], reads[i], cells_broken);
  return {};
}

/// Where the spec says last what one of `reads` is; for a point, where that itself does.
Location Expansion::State::LastGiven(const NameSet& reads, const Value& point) const {
  Location where;
  const auto take = [&](const Location& found) {
    if (spec.source.IsBefore(where, found)) where = found;
  };
  if (const auto* index = std::get_if<std::int64_t>(&point)) {
    for (const Setting& setting : spec.points[static_cast<std::size_t>(*index)].settings)
      if (reads.contains(setting.name)) take(setting.where);
  }
  if (where.known()) return where;
  for (const std::string& name : reads) take(universe.Find(name));
  return where;
}

/// Points to the last that the spec says of what the requirement reads, in a cell that breaks it.
Status Expansion::State::RequirementError(const ParameterCheck& check, const NameSet& reads,
                                          std::int64_t cells_broken) {
  const std::string broken = fmt::format("\"#dropped\" IS NULL AND ({}\n) IS FALSE", check.require);
  SF_ASSIGN(const Value point,
            sandbox.connection().QueryValue(fmt::format(
                "SELECT \"#point\" FROM {} WHERE {} ORDER BY rowid LIMIT 1", kTable, broken)));
  SF_ASSIGN(const std::string example, DescribeOne(broken));
  return spec.source.Error(
      LastGiven(reads, point),
      fmt::format("{} (in {} cell{}, e.g. {})", check.why, cells_broken,
                  cells_broken == 1 ? "" : "s", example.empty() ? "all defaults" : example));
}

Status Expansion::State::CheckLimitRules() {
  for (const LimitRule& rule : spec.limit_rules) {
    SF_TRY(CheckExpression(sandbox, spec.source, rule.when, names).status());
    SF_ASSIGN(const std::int64_t matched, CountMatches(rule.when));
    if (matched == 0) idle_rules.push_back({"limit rule", rule.when.text});
  }
  return {};
}

Status Expansion::State::FindIdleAxes() {
  for (const GridDimension& dimension : universe.dimensions) {
    if (!dimension.when) continue;
    SF_ASSIGN(const std::int64_t matched,
              Count("\"#point\" IS NULL AND (" + dimension.when->text + "\n)"));
    if (matched > 0) continue;
    idle_rules.push_back(
        {fmt::format("rule of axis '{}'", dimension.columns.front().name), dimension.when->text});
  }
  return {};
}

/// A parameter may be given to those designs that use it; given to none it is likely a mistake.
Status Expansion::State::FindIdleSettings() {
  for (const Setting& setting : spec.base) {
    const ParameterSpec* declared = worker ? worker->FindParameter(setting.name) : nullptr;
    if (!declared || declared->when.empty()) continue;
    SF_TRY(FindIdleSetting(setting.name, setting.value, declared->when,
                           QuoteName(setting.name) + " IS NOT NULL"));
  }
  for (const GridDimension& dimension : universe.dimensions) {
    const GridAxis& axis = dimension.columns.front();
    if (!dimension.when || axis.values.front().where.known()) continue;
    SF_TRY(FindIdleSetting(axis.name, axis.values.front(), dimension.when->text,
                           "\"#point\" IS NULL AND (" + dimension.when->text + "\n)"));
  }
  return {};
}

Status Expansion::State::FindIdleSetting(const std::string& name, const SpecValue& given,
                                         const std::string& when, const std::string& used) {
  const auto is_used = sandbox.connection().QueryValue(fmt::format(
      "SELECT EXISTS (SELECT 1 FROM {} WHERE \"#dropped\" IS NULL AND {})", kTable, used));
  SF_TRY(RuleFailure(sandbox.connection(), is_used.status()));
  if (*is_used == Value(std::int64_t{0})) idle_settings.push_back({name, when, given.where});
  return {};
}

Status Expansion::State::ApplyInitFrom() {
  SF_ASSIGN(const auto matched, FindParents(sandbox, spec, names, kTable));
  for (std::size_t i = 0; i < matched.size(); ++i)
    if (matched[i] == 0) idle_rules.push_back({"init_from rule", spec.init_from[i].when.text});
  return {};
}

Status Expansion::State::ApplyOnly(const std::string& only) {
  auto checked = CheckExpression(sandbox, spec.source, {only, {}}, names);
  if (!checked.ok()) return checked.status().WithContext("--only");
  Connection& database = sandbox.connection();
  const Status narrowed = database.Execute(fmt::format(
      "UPDATE {} SET \"#dropped\" = -1 WHERE \"#dropped\" IS NULL AND ({}\n) IS NOT TRUE", kTable,
      only));
  SF_TRY(RuleFailure(database, narrowed).WithContext("--only"));
  const std::int64_t before = cells;
  SF_ASSIGN(cells, Count("\"#dropped\" IS NULL"));
  left_out_by_only = before - cells;
  if (cells > 0) {
    SF_ASSIGN(kept_as_parents, KeepParents(sandbox.connection(), kTable));
    cells += kept_as_parents;
    left_out_by_only -= kept_as_parents;
    return {};
  }
  return NotFound(
      fmt::format("--only \"{}\" matches none of the {} cells; 'sweepformer plan SPEC "
                  "--list' shows them",
                  only, before));
}

Status Expansion::State::Build(const std::optional<std::string>& only, std::int64_t most_cells) {
  SF_TRY(FillTable(most_cells));
  SF_TRY(ApplyExclusions());
  SF_TRY(RefuseInactive());
  SF_TRY(RefuseAbsent());
  SF_TRY(RefuseInactiveInPoints());
  SF_TRY(RefuseTwinPoints());
  SF_TRY(CheckDerived());
  SF_TRY(CheckRequirements());
  SF_TRY(CheckLimitRules());
  SF_TRY(FindIdleAxes());
  SF_TRY(ApplyInitFrom());
  if (only) SF_TRY(ApplyOnly(*only));
  return FindIdleSettings();
}

Expansion::Expansion(std::unique_ptr<State> state) : state_(std::move(state)) {}
Expansion::Expansion(Expansion&&) noexcept = default;
Expansion& Expansion::operator=(Expansion&&) noexcept = default;
Expansion::~Expansion() = default;

Result<Expansion> Expansion::Make(const SweepSpec& spec, const WorkerDescription* worker,
                                  const std::optional<std::string>& only, std::int64_t most_cells) {
  SF_ASSIGN(SafeExpressions sandbox, SafeExpressions::Open());
  auto state = std::make_unique<State>(spec, worker, std::move(sandbox));
  SF_TRY(state->Build(only, most_cells));
  return Expansion(std::move(state));
}

std::int64_t Expansion::grid_cells() const { return state_->grid_cells; }
std::int64_t Expansion::cells() const { return state_->cells; }
std::int64_t Expansion::left_out_by_only() const { return state_->left_out_by_only; }
std::int64_t Expansion::kept_as_parents() const { return state_->kept_as_parents; }
const std::vector<IdleRule>& Expansion::idle_rules() const { return state_->idle_rules; }
const std::vector<IdleSetting>& Expansion::idle_settings() const { return state_->idle_settings; }
const std::vector<ExclusionCount>& Expansion::exclusions() const { return state_->exclusions; }

Result<std::vector<Cell>> Expansion::Cells() const {
  return ReadCells(state_->sandbox.connection(), kTable, state_->spec, state_->universe);
}

}  // namespace sweepformer
