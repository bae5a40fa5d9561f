#include "orchestrator/sql/sandbox.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

constexpr std::string_view kTable = "sandbox_names";

/// What the tables of cells may take together, in pages of 4 KiB: 2 GiB.
constexpr int kMostPages = 1 << 19;

/// Of the tables of cells in memory; what is over stays in a temporary file.
constexpr int kCacheKib = 64 << 10;

/// Pure, deterministic, cheap.
const std::vector<std::string> kFunctions = {
    "abs",     "acos",    "asin",  "atan",   "atan2",   "ceil",  "ceiling", "char",   "coalesce",
    "cos",     "degrees", "exp",   "floor",  "format",  "glob",  "hex",     "ifnull", "iif",
    "instr",   "length",  "like",  "ln",     "log",     "log10", "log2",    "lower",  "ltrim",
    "max",     "min",     "mod",   "nullif", "pi",      "pow",   "power",   "printf", "quote",
    "radians", "replace", "round", "rtrim",  "sign",    "sin",   "sqrt",    "substr", "substring",
    "tan",     "trim",    "trunc", "typeof", "unicode", "upper"};

/// What one preparation read, and the first thing it was refused for.
struct Watch {
  NameSet read;
  int selects = 0;  ///< that may still come: ours
  std::string refused;
  std::string refused_word;
};

int Refuse(Watch& watch, std::string why, std::string_view word) {
  if (watch.refused.empty()) {
    watch.refused = std::move(why);
    watch.refused_word = word;
  }
  return SQLITE_DENY;
}

bool IsAllowed(std::string_view function) {
  return std::any_of(kFunctions.begin(), kFunctions.end(),
                     [&](const std::string& name) { return SameName(name, function); });
}

int OnRead(Watch& watch, std::string_view table, std::string_view column) {
  if (table != kTable) {
    return Refuse(watch, fmt::format("a rule cannot read the table '{}'", table), table);
  }
  if (!column.empty()) watch.read.emplace(column);
  return SQLITE_OK;
}

int Authorize(void* context, int action, const char* first, const char* second, const char*,
              const char*) {
  Watch& watch = *static_cast<Watch*>(context);
  switch (action) {
    case SQLITE_SELECT:
      if (--watch.selects >= 0) return SQLITE_OK;
      return Refuse(watch, "a rule cannot contain a SELECT", "select");
    case SQLITE_READ: return OnRead(watch, first, second ? second : "");
    case SQLITE_FUNCTION:
      if (IsAllowed(second)) return SQLITE_OK;
      return Refuse(watch,
                    fmt::format("the function '{}' is not allowed in a rule (only pure functions "
                                "of the parameters are){}",
                                second, DidYouMean(second, kFunctions)),
                    second);
    default:
      return Refuse(watch, "a rule is one SQL expression over the parameters; it cannot write", "");
  }
}

bool IsOfName(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Where `word`, whatever its case, stands in `text`: by itself or, where it does not, within
/// another word; 0 where it is not there.
int FindWord(std::string_view text, std::string_view word) {
  std::optional<std::size_t> first;
  for (std::size_t at = 0; !word.empty() && at + word.size() <= text.size(); ++at) {
    if (!SameName(text.substr(at, word.size()), word)) continue;
    if (!first) first = at;
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !IsOfName(text[at - 1]) || !IsOfName(word.front());
    const bool ends = end == text.size() || !IsOfName(text[end]) || !IsOfName(word.back());
    if (begins && ends) return static_cast<int>(at);
  }
  return static_cast<int>(first.value_or(0));
}

bool StripPrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

ExpressionError UnknownColumn(std::string_view name, const std::string& expression,
                              const std::vector<std::string>& names) {
  const int quoted = FindWord(expression, fmt::format("\"{}\"", name));
  const bool is_quoted = expression.substr(quoted, name.size() + 2) == fmt::format("\"{}\"", name);
  const std::string close = DidYouMean(name.substr(name.find('.') + 1), names);
  if (is_quoted && close.empty()) {
    return {
        fmt::format("no parameter is called '{0}'; text is written in single quotes: '{0}'", name),
        quoted};
  }
  return {fmt::format("unknown parameter '{}'{}", name,
                      close.empty() ? "; text is written in single quotes" : close),
          FindWord(expression, name)};
}

/// Whether `text` begins as a statement that changes something.
bool IsStatement(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n;"));
  for (const char* verb :
       {"delete", "insert", "update", "drop", "create", "alter", "attach", "pragma", "vacuum"})
    if (SameName(word, verb)) return true;
  return false;
}

/// `words`, SQLite's reason, in terms of the expression.
ExpressionError Explain(std::string_view words, int offset, const std::string& expression,
                        const std::vector<std::string>& names) {
  if (StripPrefix(words, "no such column: ")) return UnknownColumn(words, expression, names);
  if (StripPrefix(words, "no such function: ")) {
    return {fmt::format("unknown function '{}'{}", words, DidYouMean(words, kFunctions)),
            FindWord(expression, words)};
  }
  if (StripPrefix(words, "misuse of aggregate")) {
    return {
        "a rule sees one run at a time: aggregates such as sum() and max() over runs have no "
        "meaning here",
        0};
  }
  if (IsStatement(expression))
    return {"a rule is one SQL expression over the parameters; it cannot write", 0};
  const int length = static_cast<int>(expression.size());
  if (words.starts_with("near \"&\""))
    return {"not an SQL expression: '&&' is written AND", std::clamp(offset, 0, length)};
  if (words == "incomplete input") return {"not an SQL expression: it ends too early", length};
  const bool runs_on = words.starts_with("unrecognized token") && words.ends_with("\n\"");
  return {fmt::format("not an SQL expression: {}", runs_on ? "a quote is never closed" : words),
          std::clamp(offset, 0, length)};
}

}  // namespace

Status RuleFailure(const Connection& connection, Status failure) {
  const std::string words = sqlite3_errmsg(connection.handle());
  const int code = failure.ok() ? SQLITE_OK : sqlite3_errcode(connection.handle());
  if (code == SQLITE_TOOBIG) {
    return InvalidArgument(
        fmt::format("cannot be computed: a text gets longer than {} bytes", kLongestRuleValue));
  }
  if (code == SQLITE_FULL && connection.file().empty()) {
    return InvalidArgument(
        "cannot be computed: the values of all cells take over 2 GiB; narrow the grid");
  }
  if (code == SQLITE_ERROR && words == "integer overflow") {
    return InvalidArgument("cannot be computed: " + words);
  }
  return failure;
}

Result<SafeExpressions> SafeExpressions::Open() {
  SF_ASSIGN(Connection connection, Connection::InMemory());
  sqlite3_limit(connection.handle(), SQLITE_LIMIT_LENGTH, kLongestRuleValue);
  SF_TRY(connection.Execute(
      fmt::format("PRAGMA temp.max_page_count = {}; PRAGMA temp.cache_size = -{}; "
                  "PRAGMA temp.journal_mode = MEMORY",
                  kMostPages, kCacheKib)));
  return SafeExpressions(std::move(connection));
}

Status SafeExpressions::Declare(const std::vector<std::string>& names) {
  if (!declared_.empty() && names == declared_) return {};
  std::vector<std::string> columns;
  for (const std::string& name : names) columns.push_back(QuoteName(name));
  SF_TRY(connection_.Execute(fmt::format("DROP TABLE IF EXISTS {}", kTable)));
  SF_TRY(connection_.Execute(
      fmt::format("CREATE TABLE {}({})", kTable,
                  columns.empty() ? "_" : fmt::format("{}", fmt::join(columns, ", ")))));
  declared_ = names;
  return {};
}

std::optional<ExpressionError> SafeExpressions::Problem(const std::string& before,
                                                        const std::string& expression,
                                                        const std::string& after, int selects,
                                                        NameSet& read) {
  sqlite3* db = connection_.handle();
  const std::string sql = before + expression + after;
  Watch watch;
  watch.selects = selects;
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  sqlite3_set_authorizer(db, Authorize, &watch);
  const int code = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, &tail);
  sqlite3_set_authorizer(db, nullptr, nullptr);
  const int placeholders = sqlite3_bind_parameter_count(statement);
  sqlite3_finalize(statement);
  if (!watch.refused.empty()) {
    return ExpressionError{watch.refused, FindWord(expression, watch.refused_word)};
  }
  if (code != SQLITE_OK) {
    const int offset = sqlite3_error_offset(db) - static_cast<int>(before.size());
    return Explain(sqlite3_errmsg(db), offset, expression, declared_);
  }
  if (*tail != '\0') {
    return ExpressionError{"a rule is one SQL expression; a second statement is not allowed",
                           FindWord(expression, ";")};
  }
  if (placeholders > 0) {
    return ExpressionError{"a rule cannot contain placeholders such as ?1 or :name", 0};
  }
  for (const std::string& name : watch.read) {
    const bool known = std::any_of(declared_.begin(), declared_.end(),
                                   [&](const std::string& one) { return SameName(one, name); });
    if (!known) return UnknownColumn(name, expression, declared_);
  }
  read = std::move(watch.read);
  return std::nullopt;
}

std::variant<NameSet, ExpressionError> SafeExpressions::Check(const std::string& expression,
                                                              const std::vector<std::string>& names,
                                                              const std::string& outer) {
  if (const Status status = Declare(names); !status.ok()) {
    return ExpressionError{status.message(), 0};
  }
  // Both must parse: the first alone would accept "1 ORDER BY 2", the second "1) OR (1". The line
  // break ends a trailing comment.
  std::string before = fmt::format("SELECT 1 FROM {} WHERE ", kTable), after;
  int selects = 1;
  if (!outer.empty()) {
    before = "SELECT (" + before;
    after = fmt::format(") FROM {} AS {}", kTable, QuoteName(outer));
    selects = 2;
  }
  NameSet read;
  if (auto problem = Problem(before, expression, "\n" + after, selects, read)) return *problem;
  if (auto problem = Problem(before + "(", expression, "\n)" + after, selects, read)) {
    // A comment that swallows the bracket is all that can make the end come too early here.
    const bool swallowed = problem->offset == static_cast<int>(expression.size());
    if (!swallowed) return *problem;
    return ExpressionError{"not an SQL expression: a comment is never closed",
                           FindWord(expression, "/*")};
  }
  return read;
}

}  // namespace sweepformer
