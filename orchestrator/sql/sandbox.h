#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// What is wrong with a user's expression; `offset` is the byte in it where it was noticed.
struct ExpressionError {
  std::string message;
  int offset = 0;
};

/// The longest text, in bytes, that a rule may make, so that printf('%99999999d', 1) or a chain of
/// replace() neither fills the memory nor takes for ever.
inline constexpr int kLongestRuleValue = 100'000;

/// While it lives, statements of a connection make no longer values than rules may.
class BoundedValues {
 public:
  explicit BoundedValues(const Connection& connection)
      : db_(connection.handle()),
        before_(sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, kLongestRuleValue)) {}
  ~BoundedValues() { sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, before_); }
  BoundedValues(const BoundedValues&) = delete;
  BoundedValues& operator=(const BoundedValues&) = delete;

 private:
  sqlite3* db_;
  int before_;
};

/// `failure`, of a statement on `connection` that has just computed users' expressions, in their
/// terms: InvalidArgument "cannot be computed: ..." where they are to blame, else as it is.
Status RuleFailure(const Connection& connection, Status failure);

/// Names in any case, each once.
using NameSet = std::set<std::string, NameLess>;

/// An in-memory database in which users' SQL expressions are checked and evaluated. A checked
/// expression is one expression and no more (no second statement, subquery, write, aggregate),
/// reads the given columns only and calls pure functions only, so that it may be embedded in
/// parentheses anywhere a condition or a value may stand. Double-quoted strings are off: a misspelt
/// name is an error. Values and tables are bounded: what would fill the memory fails or is absent.
/// Not thread-safe.
class SafeExpressions {
 public:
  static Result<SafeExpressions> Open();

  /// The database, for the caller's own tables; what is executed on it directly is not guarded.
  Connection& connection() { return connection_; }

  /// The columns among `names` that `expression` reads, or what is wrong with it and what to type.
  /// With an `outer` alias it may also read them of a second row, as outer.name.
  std::variant<NameSet, ExpressionError> Check(const std::string& expression,
                                               const std::vector<std::string>& names,
                                               const std::string& outer = "");

 private:
  explicit SafeExpressions(Connection connection) : connection_(std::move(connection)) {}
  Status Declare(const std::vector<std::string>& names);
  std::optional<ExpressionError> Problem(const std::string& before, const std::string& expression,
                                         const std::string& after, int selects, NameSet& read);

  Connection connection_;
  std::vector<std::string> declared_;
};

}  // namespace sweepformer
