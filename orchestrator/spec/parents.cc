#include "orchestrator/spec/parents.h"

#include <fmt/format.h>

#include <map>
#include <unordered_set>

#include "orchestrator/spec/describe_cell.h"
#include "orchestrator/spec/grid_table.h"

namespace sweepformer {
namespace {

constexpr const char* kChild = "child";

class ParentFinder {
 public:
  ParentFinder(SafeExpressions& sandbox, const SweepSpec& spec,
               const std::vector<std::string>& names, const std::string& table)
      : sandbox_(sandbox), db_(sandbox.connection()), spec_(spec), names_(names), table_(table) {
    for (const GridDimension& dimension : spec.grid)
      for (const GridAxis& axis : dimension.columns) varying_.push_back(axis.name);
  }

  /// Returns how many cells the rule matched.
  Result<std::int64_t> Apply(std::size_t index) {
    const InitFrom& rule = spec_.init_from[index];
    SF_TRY(CheckExpression(sandbox_, spec_.source, rule.when, names_).status());
    SF_ASSIGN(NameSet read, CheckExpression(sandbox_, spec_.source, rule.parent, names_, kChild));
    SF_TRY(Index(read));
    const std::string meant = fmt::format("\"#dropped\" IS NULL AND ({}\n)", rule.when.text);
    const auto matched =
        db_.QueryValue(fmt::format("SELECT count(*) FROM {} WHERE {}", table_, meant));
    SF_TRY(Blame(rule.when, matched.status()));
    const Status found = db_.Execute(fmt::format(
        "UPDATE {0} AS {1} SET \"#rule\" = {4}, "
        "\"#parent\" = (SELECT iif(count(*) = 1, min(rowid), -count(*)) "
        "FROM {0} WHERE \"#dropped\" IS NULL AND rowid <> {1}.rowid AND ({2}\n)) WHERE {3}",
        table_, kChild, rule.parent.text, meant, index));
    SF_TRY(Blame(rule.parent, found));
    reads_.push_back(std::move(read));
    return std::get<std::int64_t>(*matched);
  }

  /// Each rule must name one parent for the cells that no later one matches.
  Status RefuseNoneOrMany() {
    for (std::size_t i = 0; i < reads_.size(); ++i)
      SF_TRY(RefuseNoneOrManyBy(spec_.init_from[i], reads_[i], fmt::format("\"#rule\" = {}", i)));
    return {};
  }

  /// A cell that starts, over however many others, from itself.
  Status RefuseCircles() {
    SF_ASSIGN(Statement rows,
              db_.Prepare(fmt::format("SELECT rowid, \"#parent\" FROM {} WHERE \"#dropped\" IS "
                                      "NULL AND \"#parent\" IS NOT NULL",
                                      table_)));
    std::map<std::int64_t, std::int64_t> parent_of;
    SF_ASSIGN(bool more, rows.Step());
    while (more) {
      parent_of[rows.Int(0)] = rows.Int(1);
      SF_ASSIGN(more, rows.Step());
    }
    std::unordered_set<std::int64_t> settled;
    for (const auto& [cell, parent] : parent_of) {
      std::unordered_set<std::int64_t> path;
      auto up = parent_of.find(cell);
      while (up != parent_of.end() && !settled.contains(up->first) && path.insert(up->first).second)
        up = parent_of.find(up->second);
      const bool circle = up != parent_of.end() && !settled.contains(up->first);
      settled.merge(path);
      if (!circle) continue;
      SF_ASSIGN(const std::string example,
                DescribeCell(db_, table_, varying_, fmt::format("rowid = {}", cell)));
      return Error(spec_.init_from.back(),
                   fmt::format("cells start from one another, e.g. the one where {}; break the "
                               "circle with a narrower 'when'",
                               example));
    }
    return {};
  }

 private:
  Status Error(const InitFrom& rule, const std::string& message) const {
    return spec_.source.Error(rule.parent.where, message);
  }

  /// What became of a statement with `rule` in it, pointing to the rule if that is to blame.
  Status Blame(const Expression& rule, const Status& result) const {
    const Status failure = RuleFailure(db_, result);
    if (failure.code() != Code::kInvalidArgument) return failure;
    return spec_.source.Error(rule.where, failure.message());
  }

  /// Finding the parents of 10^5 cells must not look at 10^5 cells for each.
  Status Index(const NameSet& read) {
    if (read.empty()) return {};
    std::string columns;
    for (const std::string& name : read) columns += (columns.empty() ? "" : ", ") + QuoteName(name);
    SF_TRY(db_.Execute("DROP INDEX IF EXISTS temp.by_parent"));
    return db_.Execute(fmt::format("CREATE INDEX temp.by_parent ON {}({})", table_, columns));
  }

  Status RefuseNoneOrManyBy(const InitFrom& rule, const NameSet& read, const std::string& meant) {
    SF_ASSIGN(const Value worst,
              db_.QueryValue(fmt::format("SELECT \"#parent\" FROM {} WHERE {} AND \"#parent\" <= 0 "
                                         "ORDER BY rowid LIMIT 1",
                                         table_, meant)));
    if (IsNull(worst)) return {};
    const std::int64_t matches = -std::get<std::int64_t>(worst);
    SF_ASSIGN(const std::string example,
              DescribeCell(db_, table_, varying_, meant + " AND \"#parent\" <= 0"));
    if (matches == 0)
      return Error(rule, fmt::format("no cell matches this for the cell where {}; what a run "
                                     "starts from must be a cell of the same sweep",
                                     example));
    return Error(rule, fmt::format("{} cells match this for the cell where {}; narrow it down to "
                                   "one{}",
                                   matches, example, Narrowing(read)));
  }

  /// An axis the rule does not read: the parents differ in it.
  std::string Narrowing(const NameSet& read) const {
    for (const std::string& name : varying_)
      if (!read.contains(name)) return fmt::format(", e.g. with: AND {0} = child.{0}", name);
    return "";
  }

  SafeExpressions& sandbox_;
  Connection& db_;
  const SweepSpec& spec_;
  const std::vector<std::string>& names_;
  const std::string& table_;
  std::vector<std::string> varying_;  ///< the names of the axes
  std::vector<NameSet> reads_;        ///< of each rule applied, the names its parent reads
};

}  // namespace

Result<std::vector<std::int64_t>> FindParents(SafeExpressions& sandbox, const SweepSpec& spec,
                                              const std::vector<std::string>& names,
                                              const std::string& table) {
  ParentFinder finder(sandbox, spec, names, table);
  std::vector<std::int64_t> matched;
  for (std::size_t rule = 0; rule < spec.init_from.size(); ++rule) {
    SF_ASSIGN(const std::int64_t cells, finder.Apply(rule));
    matched.push_back(cells);
  }
  SF_TRY(finder.RefuseNoneOrMany());
  if (!spec.init_from.empty()) SF_TRY(finder.RefuseCircles());
  return matched;
}

Result<std::int64_t> KeepParents(Connection& connection, const std::string& table) {
  SF_TRY(connection.Execute(fmt::format(
      "UPDATE {0} SET \"#dropped\" = NULL WHERE \"#dropped\" = -1 AND rowid IN (WITH RECURSIVE "
      "up(cell) AS (SELECT \"#parent\" FROM {0} WHERE \"#dropped\" IS NULL UNION SELECT "
      "\"#parent\" "
      "FROM {0} JOIN up ON {0}.rowid = up.cell) SELECT cell FROM up)",
      table)));
  return connection.changes();
}

}  // namespace sweepformer
