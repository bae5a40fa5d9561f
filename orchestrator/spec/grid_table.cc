#include "orchestrator/spec/grid_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/core/suggest.h"
#include "orchestrator/spec/order.h"

namespace sweepformer {
namespace {

/// Builds the table step by step: each step is a new table with more columns or more rows.
class GridTableBuilder {
 public:
  GridTableBuilder(SafeExpressions& sandbox, const SourceText& source, const Universe& universe,
                   std::int64_t most_cells)
      : sandbox_(sandbox),
        db_(sandbox.connection()),
        source_(source),
        universe_(universe),
        names_(universe.Names()),
        most_cells_(most_cells) {}

  Status Build(const std::string& table) {
    SF_TRY(CollectNodes());
    const Order order = SortByDependency(nodes_);
    if (!order.cycle.empty()) return CycleError(order.cycle);
    SF_TRY(db_.Execute("CREATE TEMP TABLE grid_0 AS SELECT 0 AS \"#row\""));
    for (const std::size_t i : order.sequence) SF_TRY(Apply(i));
    SF_TRY(FlushComputed());
    if (!in_file_order_) SF_TRY(Sort());
    return db_.Execute(fmt::format("ALTER TABLE {} RENAME TO {}", StepName(), QuoteName(table)));
  }

 private:
  std::string StepName() const { return fmt::format("grid_{}", step_); }
  bool IsDimension(std::size_t node) const { return node >= universe_.columns.size(); }
  const GridDimension& Dimension(std::size_t node) const {
    return universe_.dimensions[node - universe_.columns.size()];
  }

  Result<NameSet> Reads(const std::optional<Expression>& expression) {
    if (!expression) return NameSet{};
    return CheckExpression(sandbox_, source_, *expression, names_);
  }

  /// Of the worker's description, which is not the user's text.
  Result<NameSet> ReadsWhen(const Column& column) {
    auto read = Reads(Expression{column.active, {}});
    if (read.ok()) return read;
    return read.status().WithContext(
        fmt::format("the worker's description: the 'when' of '{}'", column.name));
  }

  Status CollectNodes() {
    for (const Column& column : universe_.columns) {
      Node node{{column.name}, {}};
      SF_ASSIGN(node.reads, Reads(column.derived));
      if (!column.active.empty()) {
        SF_ASSIGN(NameSet active, ReadsWhen(column));
        node.reads.merge(active);
      }
      nodes_.push_back(std::move(node));
    }
    for (const GridDimension& dimension : universe_.dimensions) {
      Node node;
      for (const GridAxis& axis : dimension.columns) node.gives.push_back(axis.name);
      SF_ASSIGN(node.reads, Reads(dimension.when));
      nodes_.push_back(std::move(node));
    }
    return {};
  }

  Status CycleError(const std::vector<std::size_t>& cycle) const {
    std::string path;
    for (const std::size_t node : cycle) path += "'" + nodes_[node].gives.front() + "' needs ";
    path += "'" + nodes_[cycle.front()].gives.front() + "'";
    return source_.Error(universe_.Find(nodes_[cycle.front()].gives.front()),
                         fmt::format("these depend on one another: {}; break the circle", path));
  }

  Status Apply(std::size_t node) {
    if (IsDimension(node)) {
      SF_TRY(FlushComputed());
      return AddDimension(Dimension(node), node - universe_.columns.size());
    }
    const Column& column = universe_.columns[node];
    if (ReadsPending(nodes_[node])) SF_TRY(FlushComputed());
    pending_names_.insert(column.name);
    pending_.push_back(&column);
    return {};
  }

  bool ReadsPending(const Node& node) const {
    return std::any_of(node.reads.begin(), node.reads.end(),
                       [&](const std::string& name) { return pending_names_.contains(name); });
  }

  /// The value, made canonical, where the parameter is active.
  static std::string ColumnSql(const Column& column) {
    std::string sql = column.derived ? fmt::format(
                                           "(SELECT CASE WHEN typeof(v) = 'real' AND v = "
                                           "CAST(v AS INTEGER) THEN CAST(v AS INTEGER) ELSE v "
                                           "END FROM (SELECT ({}\n) AS v))",
                                           column.derived->text)
                                     : SqlLiteral(column.constant);
    if (column.active.empty()) return sql;
    return fmt::format("CASE WHEN ({}\n) THEN {} END", column.active, sql);
  }

  /// Adds the computed columns that wait, all at once.
  Status FlushComputed() {
    if (pending_.empty()) return {};
    const auto pending = std::exchange(pending_, {});
    pending_names_.clear();
    std::string columns;
    for (const Column* column : pending)
      columns += fmt::format(", {} AS {}", ColumnSql(*column), QuoteName(column->name));
    const std::string before = StepName();
    const Status computed = Step(fmt::format("SELECT t.*{} FROM {} t", columns, before));
    return computed.ok() ? computed : Blame(pending, before, computed);
  }

  /// `failure`, pointing to the derived parameter that cannot be computed if it is one.
  Status Blame(const std::vector<const Column*>& columns, const std::string& table,
               const Status& failure) {
    for (const Column* column : columns) {
      if (!column->derived) continue;
      const Status alone = RuleFailure(
          db_, db_.Execute(fmt::format("SELECT {} FROM {}", ColumnSql(*column), table)));
      if (alone.code() == Code::kInvalidArgument)
        return source_.Error(column->derived->where, alone.message());
    }
    return failure;
  }

  Status AddDimension(const GridDimension& dimension, std::size_t index) {
    const std::string values = fmt::format("values_{}", index);
    SF_TRY(CreateValues(dimension, values));
    std::string columns;
    for (std::size_t i = 0; i < dimension.columns.size(); ++i) {
      const GridAxis& axis = dimension.columns[i];
      const Value other = axis.default_value ? axis.default_value->value : Value{};
      columns += fmt::format(", coalesce(a.\"#{}\", {}) AS {}", i, SqlLiteral(other),
                             QuoteName(axis.name));
    }
    const std::string condition = dimension.when ? dimension.when->text : "1";
    SF_TRY(
        Step(fmt::format("SELECT t.*{}, a.\"#at\" AS \"#{}\" FROM {} t LEFT JOIN {} a ON ({}\n) "
                         "ORDER BY t.rowid, a.rowid",
                         columns, index, StepName(), values, condition)));
    in_file_order_ = in_file_order_ && index == dimensions_;
    ++dimensions_;
    return CheckSize(dimension);
  }

  /// By the dimensions as the file names them, which need not be the order they were added in.
  Status Sort() {
    std::string order;
    for (std::size_t i = 0; i < dimensions_; ++i)
      order += fmt::format("{}\"#{}\"", order.empty() ? "" : ", ", i);
    return Step(fmt::format("SELECT * FROM {} ORDER BY {}", StepName(), order));
  }

  Status CreateValues(const GridDimension& dimension, const std::string& table) {
    std::string columns = "\"#at\"", marks = "?";
    for (std::size_t i = 0; i < dimension.columns.size(); ++i) {
      columns += fmt::format(", \"#{}\"", i);
      marks += ", ?";
    }
    SF_TRY(db_.Execute(fmt::format("CREATE TEMP TABLE {} ({})", table, columns)));
    SF_ASSIGN(Statement insert,
              db_.Prepare(fmt::format("INSERT INTO {} VALUES ({})", table, marks)));
    for (std::size_t row = 0; row < dimension.columns.front().values.size(); ++row) {
      insert.Bind(1, static_cast<std::int64_t>(row));
      for (std::size_t i = 0; i < dimension.columns.size(); ++i)
        insert.Bind(static_cast<int>(i) + 2, dimension.columns[i].values[row].value);
      SF_TRY(insert.Run());
    }
    return {};
  }

  /// Replaces the current table by `select` over it; one row over the limit is enough to know.
  Status Step(const std::string& select) {
    const std::string before = StepName();
    ++step_;
    SF_TRY(RuleFailure(db_, db_.Execute(fmt::format("CREATE TEMP TABLE {} AS {} LIMIT {}",
                                                    StepName(), select, most_cells_ + 1))));
    return db_.Execute("DROP TABLE " + before);
  }

  Status CheckSize(const GridDimension& dimension) {
    SF_ASSIGN(const Value count, db_.QueryValue("SELECT count(*) FROM " + StepName()));
    if (AsDouble(count) <= static_cast<double>(most_cells_)) return {};
    return source_.Error(dimension.where,
                         fmt::format("the grid has over {} cells; narrow it, or raise the limit "
                                     "with --most-cells N",
                                     most_cells_));
  }

  SafeExpressions& sandbox_;
  Connection& db_;
  const SourceText& source_;
  const Universe& universe_;
  const std::vector<std::string> names_;
  const std::int64_t most_cells_;
  std::vector<Node> nodes_;
  NameSet pending_names_;
  std::vector<const Column*> pending_;
  int step_ = 0;
  std::size_t dimensions_ = 0;  ///< added so far
  bool in_file_order_ = true;   ///< the rows, by the dimensions added so far
};

}  // namespace

Result<NameSet> CheckExpression(SafeExpressions& sandbox, const SourceText& source,
                                const Expression& expression, const std::vector<std::string>& names,
                                const std::string& outer) {
  auto checked = sandbox.Check(expression.text, names, outer);
  if (auto* error = std::get_if<ExpressionError>(&checked)) {
    const auto offset = static_cast<std::size_t>(std::max(0, error->offset));
    return source.Error(expression.where.Into(expression.text, offset), error->message);
  }
  return std::move(std::get<NameSet>(checked));
}

Status BuildGridTable(SafeExpressions& sandbox, const SourceText& source, const Universe& universe,
                      const std::string& table, std::int64_t most_cells) {
  return GridTableBuilder(sandbox, source, universe, most_cells).Build(table);
}

}  // namespace sweepformer
