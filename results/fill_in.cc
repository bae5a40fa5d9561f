#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>
#include <set>
#include <utility>

#include "orchestrator/core/names.h"
#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"
#include "results/catalog.h"
#include "results/named_queries.h"
#include "results/sweeps.h"

namespace sweepformer {
namespace {

using Texts = std::map<std::string, std::string>;

std::string NameOfValue(const Query& query, const std::string& parameter) {
  const auto it = query.parameters.find(parameter);
  return it == query.parameters.end() ? "" : FormatValue(it->second);
}

Status CheckNames(const NamedQuery& named, const Texts& given) {
  std::vector<std::string> names;
  for (const QueryParameter& parameter : named.parameters) names.push_back(parameter.name);
  for (const auto& [name, text] : given) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = DidYouMean(name, names);
    return InvalidArgument(fmt::format(
        "--param {}: the query {} has no such parameter{}", name, named.name,
        near.empty() ? fmt::format("; it has {}", JoinWords(names, "and", false)) : near));
  }
  return {};
}

/// The sweep of this name, or the one launched last.
Result<Value> SweepValue(const Connection& connection, const std::optional<std::string>& text) {
  if (text) {
    SF_ASSIGN(const Sweep sweep, FindSweep(connection, *text));
    return Value(sweep.name);
  }
  SF_ASSIGN(const std::vector<Sweep> sweeps, ListSweeps(connection));
  if (sweeps.empty()) return NotFound("the store has no sweep yet; 'sweepformer run' adds one");
  return Value(sweeps.front().name);
}

/// One of `names`, in their spelling.
Result<Value> OneOf(const std::vector<std::string>& names, const std::string& kind,
                    const std::string& text) {
  for (const std::string& name : names) {
    if (SameName(name, text)) return Value(name);
  }
  const std::string near = DidYouMean(text, names);
  const std::string all = names.empty() ? fmt::format("the store has no {} yet", kind)
                                        : "it is one of " + JoinWords(names, "or", false);
  return InvalidArgument(
      fmt::format("--param {0}={1}: no such {0}{2}", kind, text, near.empty() ? "; " + all : near));
}

/// InvalidArgument if the query reads a column of `runs` that is not there: probes are not runs.
Status CheckColumn(const Query& query, const std::string& sweep_name, const std::string& metric) {
  const bool reads_runs = query.sql.find("\"<metric>\"") != std::string::npos;
  if (!reads_runs || !IsProbeMetric(metric)) return {};
  return InvalidArgument(
      fmt::format("--param metric={0}: this query is of runs, and probes measure it; see it with: "
                  "sweepformer compare {1} --metric {0}",
                  metric, ShellWord(sweep_name)));
}

/// The metric of this name, or the first goal of the sweep that runs have (probes are not runs).
Result<Value> MetricValue(const Connection& connection, const std::optional<std::string>& text,
                          const Query& so_far) {
  const std::string sweep_name = NameOfValue(so_far, "sweep");
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  if (text) {
    SF_TRY(CheckColumn(so_far, sweep_name, *text));
    return OneOf(catalog.MetricNames(), "metric", *text);
  }
  SF_ASSIGN(const Sweep sweep, FindSweep(connection, sweep_name));
  for (const SweepGoal& goal : sweep.goals) {
    if (catalog.FindMetric(goal.metric) && !IsProbeMetric(goal.metric)) return Value(goal.metric);
  }
  return InvalidArgument(fmt::format(
      "which metric? the spec of {} has no [goal] that a run has reported; give --param metric=M{}",
      sweep_name,
      catalog.metrics().empty()
          ? ""
          : fmt::format(" with one of {}", JoinWords(catalog.MetricNames(), "and", false))));
}

Result<Value> ParameterValue(const Connection& connection, const std::optional<std::string>& text) {
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  if (text) return OneOf(catalog.parameters(), "parameter", *text);
  return InvalidArgument(fmt::format("--param parameter=P is missing: one of {}",
                                     JoinWords(catalog.parameters(), "or", false)));
}

bool IsNumber(const std::string& text) {
  return !std::holds_alternative<std::string>(ParseValue(text));
}

/// Of its default's type: where that is a number, nothing else will do.
Result<Value> OtherValue(const QueryParameter& parameter, const std::optional<std::string>& text) {
  if (!text && !parameter.default_text) {
    return InvalidArgument(
        fmt::format("--param {}=VALUE is missing: {}", parameter.name, parameter.about));
  }
  const std::string& chosen = text ? *text : *parameter.default_text;
  if (!IsNumber(parameter.default_text.value_or(""))) return Value(chosen);
  if (IsNumber(chosen)) return ParseValue(chosen);
  return InvalidArgument(fmt::format("--param {}={}: a number is expected: {}", parameter.name,
                                     chosen, parameter.about));
}

Result<Value> ValueOf(const Connection& connection, const QueryParameter& parameter,
                      const std::optional<std::string>& text, const Query& so_far) {
  if (parameter.name == "sweep") return SweepValue(connection, text);
  if (parameter.name == "metric") return MetricValue(connection, text, so_far);
  if (parameter.name == "parameter") return ParameterValue(connection, text);
  return OtherValue(parameter, text);
}

/// Where the planned cells of a sweep are, by its name.
constexpr std::string_view kPlannedCells =
    "cell WHERE cell_key IN (SELECT cell_key FROM member JOIN sweep USING(sweep_key) WHERE name = "
    "? AND in_plan)";

/// In what the planned cells of a sweep differ.
struct Differing {
  std::set<std::string> varying;     ///< have several values
  std::vector<std::string> partial;  ///< have one, which some cells lack
};

Result<Differing> FindDiffering(const Connection& connection, const Catalog& catalog,
                                const std::string& sweep) {
  std::string counts = "count(*)";
  for (const std::string& name : catalog.parameters()) {
    counts += fmt::format(", count(DISTINCT {0}), count({0})", ParameterColumn(name));
  }
  SF_ASSIGN(Statement count,
            connection.Prepare(fmt::format("SELECT {} FROM {}", counts, kPlannedCells)));
  SF_TRY(count.BindAll(sweep).Step().status());
  Differing differing;
  int column = 0;
  for (const std::string& name : catalog.parameters()) {
    const bool varies = count.Int(++column) > 1;
    const std::int64_t cells = count.Int(++column);
    if (varies) differing.varying.insert(name);
    if (!varies && cells > 0 && cells < count.Int(0)) differing.partial.push_back(name);
  }
  return differing;
}

/// How many of the planned cells of a sweep these parameters tell apart.
Result<std::int64_t> CountToldApart(const Connection& connection, const std::string& sweep,
                                    const std::set<std::string>& names) {
  std::string columns = "1";
  for (const std::string& name : names) columns += ", " + ParameterColumn(name);
  SF_ASSIGN(Statement count,
            connection.Prepare(fmt::format("SELECT count(*) FROM (SELECT DISTINCT {} FROM {})",
                                           columns, kPlannedCells)));
  SF_TRY(count.BindAll(sweep).Step().status());
  return count.Int(0);
}

/// The parameters in which the planned cells of a sweep differ, those that some cells merely lack
/// only where they tell more of them apart; the cell's id where there is none.
Result<std::vector<std::string>> VaryingColumns(const Connection& connection,
                                                const std::string& sweep) {
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  SF_ASSIGN(const Differing differing, FindDiffering(connection, catalog, sweep));
  std::set<std::string> names = differing.varying;
  SF_ASSIGN(std::int64_t told_apart, CountToldApart(connection, sweep, names));
  for (const std::string& name : differing.partial) {
    names.insert(name);
    SF_ASSIGN(const std::int64_t with, CountToldApart(connection, sweep, names));
    if (with == told_apart) names.erase(name);
    told_apart = with;
  }
  std::vector<std::string> columns;
  for (const std::string& name : catalog.parameters()) {
    if (names.contains(name)) columns.push_back(name);
  }
  if (columns.empty()) columns.emplace_back("cell");
  return columns;
}

/// What a placeholder stands for.
using Columns = std::map<std::string, std::vector<std::string>>;

/// r."<metric>_mean" and the like, with the names of the columns.
std::string WithColumns(const std::string& sql, const Columns& columns) {
  static const std::regex kPlaceholder("(\\w+\\.)?\"([^\"<>]*)<(\\w+)>([^\"<>]*)\"");
  std::string out;
  auto after = sql.cbegin();
  for (std::sregex_iterator it(sql.begin(), sql.end(), kPlaceholder), end; it != end; ++it) {
    const std::smatch& match = *it;
    out.append(after, match[0].first);
    after = match[0].second;
    std::string list;
    for (const std::string& name : columns.at(match[3])) {
      list +=
          (list.empty() ? "" : ", ") + match.str(1) + QuoteName(match.str(2) + name + match.str(4));
    }
    out += list;
  }
  return out.append(after, sql.cend());
}

Result<Columns> ColumnsFor(const Connection& connection, const Query& query) {
  Columns columns;
  for (const char* name : {"metric", "parameter"}) columns[name] = {NameOfValue(query, name)};
  if (query.sql.find("\"<varying>\"") == std::string::npos) return columns;
  SF_ASSIGN(columns["varying"], VaryingColumns(connection, NameOfValue(query, "sweep")));
  return columns;
}

/// Whether the statement itself has `:name`, not only a column of it.
bool Has(const std::string& sql, const std::string& name) {
  return std::regex_search(sql, std::regex(":" + name + "\\b"));
}

bool IsNameByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || byte == '_' || byte >= 0x80;
}

/// What `sql`, which is not empty, begins with, as one piece: text, a quoted name, a comment, a
/// parameter or a word.
std::string_view FirstPiece(std::string_view sql) {
  static constexpr std::pair<std::string_view, std::string_view> kQuotes[] = {
      {"'", "'"}, {"\"", "\""}, {"`", "`"}, {"[", "]"}, {"--", "\n"}, {"/*", "*/"}};
  for (const auto& [open, close] : kQuotes) {
    if (!sql.starts_with(open)) continue;
    const std::size_t at = sql.find(close, open.size());
    return at == sql.npos ? sql : sql.substr(0, at + close.size());
  }
  const auto end = std::find_if_not(sql.begin() + 1, sql.end(), IsNameByte);
  return sql.substr(0, static_cast<std::size_t>(end - sql.begin()));
}

/// As a person would write it in SQL; a whole real stays a real.
std::string PlainLiteral(const Value& value) {
  const auto* real = std::get_if<double>(&value);
  if (!real || !std::isfinite(*real)) return SqlLiteral(value);
  const std::string text = FormatNumber(*real);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

/// The SQL with every parameter's value in its place.
std::string WithValues(const Query& query) {
  std::string out;
  for (std::string_view rest = query.sql; !rest.empty();) {
    const std::string_view piece = FirstPiece(rest);
    rest.remove_prefix(piece.size());
    const bool named = std::string_view(":@$").find(piece.front()) != std::string_view::npos;
    const auto it = named ? query.parameters.find(piece.substr(1)) : query.parameters.end();
    if (it == query.parameters.end()) {
      out += piece;
      continue;
    }
    // "LIMIT:n" must not become one word, nor "1-:n" a comment.
    if (!out.empty() && (IsNameByte(out.back()) || out.back() == '-')) out += ' ';
    out += PlainLiteral(it->second);
  }
  return out;
}

}  // namespace

Result<Query> FillIn(const Connection& connection, const NamedQuery& named, const Texts& given) {
  SF_TRY(CheckNames(named, given));
  Query query{named.sql};
  for (const QueryParameter& parameter : named.parameters) {
    const auto it = given.find(parameter.name);
    const auto text = it == given.end() ? std::nullopt : std::optional(it->second);
    SF_ASSIGN(query.parameters[parameter.name], ValueOf(connection, parameter, text, query));
  }
  SF_ASSIGN(const Columns columns, ColumnsFor(connection, query));
  query.sql = WithColumns(query.sql, columns);
  std::erase_if(query.parameters, [&](const auto& one) { return !Has(named.sql, one.first); });
  return query;
}

std::string QueryText(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query.parameters) {
    text += fmt::format("-- :{} is {}\n", name, PrintableLine(PlainLiteral(value)));
  }
  return text + WithValues(query);
}

}  // namespace sweepformer
