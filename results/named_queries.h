#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"
#include "results/query.h"

namespace sweepformer {

/// A parameter of a named query, as the head of its file describes it.
struct QueryParameter {
  std::string name;
  std::optional<std::string> default_text;
  std::string about;
};

/// A question that is asked again and again: a file of queries/, where README.md says how one is
/// written.
struct NamedQuery {
  std::string name;
  std::string about;  ///< the question it answers
  std::vector<QueryParameter> parameters;
  std::string sql;  ///< "<metric>" and the like stand for columns
};

/// `text` is a file of queries/. InvalidArgument if its head is not as it should be.
Result<NamedQuery> ParseNamedQuery(std::string name, std::string_view text);

/// Those that are part of the program, by name.
const std::vector<NamedQuery>& NamedQueries();

/// InvalidArgument, with the name that was most likely meant, for one that is not there.
Result<NamedQuery> FindNamedQuery(std::string_view name);

/// The query as it can be run: every parameter with its value, given or by default, and the columns
/// it stands for written out. The sweep is by default the one launched last, the metric the first
/// of its goals. NotFound for an unknown sweep; InvalidArgument for other values that are missing
/// or wrong.
Result<Query> FillIn(const Connection& connection, const NamedQuery& named,
                     const std::map<std::string, std::string>& given);

/// The SQL with its parameters' values in their places, which comments before it tell.
std::string QueryText(const Query& query);

}  // namespace sweepformer
