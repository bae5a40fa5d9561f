#include "orchestrator/spec/read_cells.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

namespace sweepformer {
namespace {

/// The columns before the parameters; after them there is one truth value per limit rule.
constexpr int kRow = 0, kParent = 1, kPoint = 2, kFirstName = 3;

class CellReader {
 public:
  CellReader(const SweepSpec& spec, const Universe& universe) : spec_(spec) {
    const std::vector<std::string> names = universe.Names();
    for (const std::string& name : names) {
      const Value* fixed = spec.points.empty() ? universe.FindFixed(name) : nullptr;
      if (!fixed) read_.push_back(values_.size());
      values_.push_back(fixed ? Canonical(*fixed) : Value());
    }
    table_ = std::make_shared<ParameterTable>(names);
    columns_ = "rowid, \"#parent\", \"#point\"";
    for (const std::size_t i : read_) columns_ += ", " + QuoteName(names[i]);
    for (const LimitRule& rule : spec.limit_rules)
      columns_ += fmt::format(", ({}\n) IS TRUE", rule.when.text);
  }

  /// What Read is to find in a row, in SQL.
  const std::string& columns() const { return columns_; }

  void Read(const Statement& row) {
    for (std::size_t i = 0; i < read_.size(); ++i) {
      const int column = kFirstName + static_cast<int>(i);
      Value& value = values_[read_[i]];
      if (!row.Holds(column, value)) value = Canonical(row.Column(column));
    }
    cells_.push_back({{table_, table_->rows()}, TermsOf(row), {}});
    table_->AddRow(values_);
    if (spec_.init_from.empty()) return;
    place_.emplace(row.Int(kRow), cells_.size() - 1);
    parent_rows_.push_back(row.Int(kParent));
  }

  std::vector<Cell> Finish() {
    for (std::size_t i = 0; i < parent_rows_.size(); ++i)
      if (const auto it = place_.find(parent_rows_[i]); it != place_.end())
        cells_[i].parent = it->second;
    return std::move(cells_);
  }

 private:
  std::shared_ptr<const CellTerms> TermsOf(const Statement& row) {
    std::vector<bool> holds;
    const int first_rule = kFirstName + static_cast<int>(read_.size());
    for (std::size_t i = 0; i < spec_.limit_rules.size(); ++i)
      holds.push_back(row.Int(first_rule + static_cast<int>(i)) != 0);
    std::optional<std::size_t> point;
    if (!row.IsNull(kPoint)) point = static_cast<std::size_t>(row.Int(kPoint));
    auto& terms = terms_[{point, holds}];
    if (!terms) terms = MakeTerms(point, holds);
    return terms;
  }

  std::shared_ptr<const CellTerms> MakeTerms(std::optional<std::size_t> point,
                                             const std::vector<bool>& holds) const {
    CellTerms terms{point ? spec_.points[*point].label : "", spec_.limits};
    for (std::size_t i = 0; i < holds.size(); ++i)
      if (holds[i]) terms.limits.Override(spec_.limit_rules[i].limits);
    return std::make_shared<const CellTerms>(std::move(terms));
  }

  const SweepSpec& spec_;
  std::vector<Value> values_;      ///< of the row at hand; most are as in the row before
  std::vector<std::size_t> read_;  ///< places in values_ of those that may differ between rows
  std::string columns_;
  std::shared_ptr<ParameterTable> table_;
  std::vector<Cell> cells_;
  std::map<std::pair<std::optional<std::size_t>, std::vector<bool>>,
           std::shared_ptr<const CellTerms>>
      terms_;                                            ///< by point and by which limit rules hold
  std::unordered_map<std::int64_t, std::size_t> place_;  ///< of a row, among the cells
  std::vector<std::int64_t> parent_rows_;                ///< 0: none
};

}  // namespace

Result<std::vector<Cell>> ReadCells(const Connection& connection, const std::string& table,
                                    const SweepSpec& spec, const Universe& universe) {
  CellReader reader(spec, universe);
  SF_ASSIGN(Statement rows, connection.Prepare(fmt::format(
                                "SELECT {} FROM {} WHERE \"#dropped\" IS NULL ORDER BY rowid",
                                reader.columns(), table)));
  for (;;) {
    SF_ASSIGN(const bool more, rows.Step());
    if (!more) return reader.Finish();
    reader.Read(rows);
  }
}

}  // namespace sweepformer
