#include "results/query.h"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/core/suggest.h"
#include "orchestrator/core/value.h"
#include "results/views.h"

namespace sweepformer {
namespace {

std::vector<std::string> ViewNames() { return {kViews.begin(), kViews.end()}; }

std::string Advice() {
  return "; a query is one SELECT over the views " + JoinWords(ViewNames(), "and", false);
}

std::string RefusalOf(int action) {
  switch (action) {
    case SQLITE_PRAGMA: return "PRAGMA is refused";
    case SQLITE_ATTACH:
    case SQLITE_DETACH: return "ATTACH and DETACH are refused: a query reads this store only";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT: return "transactions are refused";
    case SQLITE_FUNCTION: return "load_extension() is refused";
    default: return "the store is only read here, and this would write";
  }
}

/// Lets reading through and notes the first thing that is more.
int Authorize(void* context, int action, const char* table, const char* name, const char*,
              const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_UPDATE:
      // SQLite asks this when it declares a table function such as json_each. A true update of the
      // schema is not read-only and is caught by that.
      if (std::string_view(table) == "sqlite_master") return SQLITE_OK;
      break;
    case SQLITE_FUNCTION:
      if (!SameName(name ? name : "", "load_extension")) return SQLITE_OK;
      break;
    default: break;
  }
  auto& refusal = *static_cast<std::string*>(context);
  if (refusal.empty()) refusal = RefusalOf(action);
  return SQLITE_DENY;
}

/// Guards a connection for as long as it lives: SQLite also asks while a statement is stepped.
class ReadGuard {
 public:
  explicit ReadGuard(sqlite3* db) : db_(db) { sqlite3_set_authorizer(db_, Authorize, &refusal_); }
  ~ReadGuard() { sqlite3_set_authorizer(db_, nullptr, nullptr); }
  ReadGuard(const ReadGuard&) = delete;
  ReadGuard& operator=(const ReadGuard&) = delete;

  const std::string& refusal() const { return refusal_; }

 private:
  sqlite3* db_;
  std::string refusal_;
};

std::vector<std::string> ColumnsOf(const Connection& connection, const std::string& view) {
  const auto all = connection.Prepare(fmt::format("SELECT * FROM {}", view));
  std::vector<std::string> names;
  for (int i = 0; all.ok() && i < all->column_count(); ++i) names.push_back(all->column_name(i));
  return names;
}

/// Where a column stands that the query's views do not have, or one that is spelled much like it.
std::string ExplainColumn(const Connection& connection, std::string_view name) {
  const std::string_view column = name.substr(name.rfind('.') + 1);  // without the view
  std::vector<std::string> holders, known;
  for (const std::string view : kViews) {
    for (std::string& one : ColumnsOf(connection, view)) {
      if (SameName(one, column)) holders.push_back(view);
      known.push_back(std::move(one));
    }
  }
  if (!holders.empty()) return "; it is a column of " + JoinWords(holders, "and", false);
  const std::string near = DidYouMean(column, known);
  return near.empty() ? "; text is written in single quotes: 'text'" : near;
}

/// SQLite's words, with the name that was most likely meant.
Status Explain(const Connection& connection, std::string_view words) {
  constexpr std::string_view kNoColumn = "no such column: ";
  constexpr std::string_view kNoTable = "no such table: ";
  std::string near;
  if (words.starts_with(kNoColumn)) {
    near = ExplainColumn(connection, words.substr(kNoColumn.size()));
  } else if (words.starts_with(kNoTable)) {
    near = DidYouMean(words.substr(kNoTable.size()), ViewNames());
    if (near.empty()) near = "; the views are " + JoinWords(ViewNames(), "and", false);
  }
  return InvalidArgument(fmt::format("query: {}{}", words, near));
}

/// True if only blanks, comments and semicolons are left.
bool IsBlank(sqlite3* db, const char* tail) {
  while (*tail != '\0') {
    sqlite3_stmt* statement = nullptr;
    const char* next = nullptr;
    const int code = sqlite3_prepare_v2(db, tail, -1, &statement, &next);
    const bool empty = code == SQLITE_OK && statement == nullptr;
    sqlite3_finalize(statement);
    if (!empty || next == tail) return false;
    tail = next;
  }
  return true;
}

Status Refused(const ReadGuard& guard) {
  return InvalidArgument(fmt::format("query: {}{}", guard.refusal(), Advice()));
}

/// Steps the user's statement. Some things show only now: pragma_table_info() is a PRAGMA once it
/// runs, and an overflow is the query's fault, not the store's.
Result<bool> Step(const Connection& connection, const ReadGuard& guard, Statement& statement) {
  Result<bool> row = statement.Step();
  if (row.ok()) return row;
  if (!guard.refusal().empty()) return Refused(guard);
  const int code = sqlite3_errcode(connection.handle());
  if (code != SQLITE_ERROR && code != SQLITE_TOOBIG && code != SQLITE_MISMATCH) return row;
  return InvalidArgument("query: " + row.status().message());
}

/// Checks that `sql` is one statement that only reads.
Status Check(const Connection& connection, const ReadGuard& guard, const std::string& sql) {
  if (sql.find('\0') != std::string::npos) return InvalidArgument("query: not text: a NUL byte");
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v2(connection.handle(), sql.c_str(), -1, &statement, &tail);
  const bool reads = statement && sqlite3_stmt_readonly(statement) != 0;
  const std::string words = sqlite3_errmsg(connection.handle());
  sqlite3_finalize(statement);
  if (!guard.refusal().empty()) return Refused(guard);
  if (code != SQLITE_OK) return Explain(connection, words);
  if (!statement) return InvalidArgument(fmt::format("query: nothing to run{}", Advice()));
  if (!reads) {
    return InvalidArgument(fmt::format("query: {}{}", RefusalOf(SQLITE_INSERT), Advice()));
  }
  if (IsBlank(connection.handle(), tail)) return {};
  return InvalidArgument(fmt::format("query: a second statement is refused{}", Advice()));
}

/// ":metric and :seed".
std::string Spelled(const std::vector<std::string>& names) {
  std::vector<std::string> spelled;
  for (const std::string& name : names) spelled.push_back(":" + name);
  return JoinWords(spelled, "and", false);
}

/// The names of a statement's parameters, by their places.
Result<std::vector<std::string>> ParameterNames(const Statement& statement) {
  std::vector<std::string> names;
  const int count = sqlite3_bind_parameter_count(statement.handle());
  for (int place = 1; place <= count; ++place) {
    const char* name = sqlite3_bind_parameter_name(statement.handle(), place);
    if (!name || *name == '?') {
      return InvalidArgument(
          "query: placeholders need a name: write :name in place of ?, and --param name=VALUE");
    }
    names.emplace_back(name + 1);
  }
  return names;
}

Status CheckParameters(const Query& query, const std::vector<std::string>& names) {
  for (const auto& [name, value] : query.parameters) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string near = DidYouMean(name, names);
    if (near.empty()) near = names.empty() ? "; it has none" : "; it has " + Spelled(names);
    return InvalidArgument(
        fmt::format("--param {0}: the query has no parameter :{0}{1}", name, near));
  }
  for (const std::string& name : names) {
    if (query.parameters.contains(name)) continue;
    return InvalidArgument(
        fmt::format("query: :{0} has no value; give it with --param {0}=VALUE (the query has {1})",
                    name, Spelled(names)));
  }
  return {};
}

Status Bind(const Query& query, Statement& statement) {
  SF_ASSIGN(const std::vector<std::string> names, ParameterNames(statement));
  SF_TRY(CheckParameters(query, names));
  int place = 0;
  for (const std::string& name : names) statement.Bind(++place, query.parameters.at(name));
  return {};
}

Value ColumnValue(const Statement& row, int column) {
  if (sqlite3_column_type(row.handle(), column) != SQLITE_BLOB) return row.Column(column);
  std::string text = "x'";
  for (const std::uint8_t byte : row.Blob(column)) text += fmt::format("{:02x}", byte);
  return text + "'";
}

}  // namespace

Status RunQuery(const Connection& connection, const Query& query, RowWriter& writer) {
  const ReadGuard guard(connection.handle());
  SF_TRY(Check(connection, guard, query.sql));
  SF_ASSIGN(Statement statement, connection.Prepare(query.sql));
  SF_TRY(Bind(query, statement));
  SF_ASSIGN(bool row, Step(connection, guard, statement));
  std::vector<std::string> names;
  for (int i = 0; i < statement.column_count(); ++i) names.push_back(statement.column_name(i));
  writer.Begin(names);
  std::vector<Value> values(names.size());
  while (row) {
    for (int i = 0; i < statement.column_count(); ++i) {
      values[static_cast<std::size_t>(i)] = ColumnValue(statement, i);
    }
    writer.Row(values);
    SF_ASSIGN(row, Step(connection, guard, statement));
  }
  writer.End();
  return {};
}

}  // namespace sweepformer
