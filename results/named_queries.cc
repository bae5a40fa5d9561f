#include "results/named_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "orchestrator/core/suggest.h"
#include "results/named_query_files.h"

namespace sweepformer {
namespace {

constexpr std::string_view kComment = "-- ";

/// The first line of `text`, which is what comes after it from now on.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// ":most = 10  how many".
Result<QueryParameter> ParseParameter(std::string_view line) {
  const std::size_t gap = line.find("  ");
  if (!line.starts_with(':') || gap == std::string_view::npos) {
    return InvalidArgument(fmt::format("'{}' is not ':NAME  WHAT IT IS'", line));
  }
  QueryParameter parameter;
  parameter.about = line.substr(line.find_first_not_of(' ', gap));
  const std::string_view name = line.substr(1, gap - 1);
  const std::size_t equals = name.find(" = ");
  parameter.name = name.substr(0, equals);
  if (equals != std::string_view::npos) parameter.default_text = name.substr(equals + 3);
  return parameter;
}

std::vector<NamedQuery> ReadFiles() {
  std::vector<NamedQuery> queries;
  for (const auto& [name, text] : kNamedQueryFiles) {
    const auto query = ParseNamedQuery(std::string(name), text);
    assert(query.ok());  // a test reads them all
    if (query.ok()) queries.push_back(*query);
  }
  return queries;
}

}  // namespace

Result<NamedQuery> ParseNamedQuery(std::string name, std::string_view text) {
  NamedQuery query;
  query.name = std::move(name);
  if (!text.starts_with(kComment)) {
    return InvalidArgument(query.name + ": begins with '-- ' and the question it answers");
  }
  query.about = TakeLine(text).substr(kComment.size());
  while (text.starts_with(kComment)) {
    auto parameter = ParseParameter(TakeLine(text).substr(kComment.size()));
    if (!parameter.ok()) return parameter.status().WithContext(query.name);
    query.parameters.push_back(std::move(parameter).value());
  }
  query.sql = text;
  return query;
}

const std::vector<NamedQuery>& NamedQueries() {
  static const std::vector<NamedQuery> queries = ReadFiles();
  return queries;
}

Result<NamedQuery> FindNamedQuery(std::string_view name) {
  std::vector<std::string> names;
  for (const NamedQuery& query : NamedQueries()) {
    if (query.name == name) return query;
    names.push_back(query.name);
  }
  const std::string near = DidYouMean(name, names);
  return InvalidArgument(
      fmt::format("no query is named '{}'{}", name,
                  near.empty() ? "; 'sweepformer query --list' shows them" : near));
}

}  // namespace sweepformer
