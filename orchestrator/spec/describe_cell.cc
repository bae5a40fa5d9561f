#include "orchestrator/spec/describe_cell.h"

#include <fmt/format.h>

namespace sweepformer {

Result<std::string> DescribeCell(Connection& connection, const std::string& table,
                                 const std::vector<std::string>& names,
                                 const std::string& condition) {
  std::string columns = "NULL";
  for (const std::string& name : names) columns += ", " + QuoteName(name);
  SF_ASSIGN(Statement row,
            connection.Prepare(fmt::format("SELECT {} FROM {} WHERE {} ORDER BY rowid LIMIT 1",
                                           columns, table, condition)));
  SF_ASSIGN(const bool found, row.Step());
  std::string text;
  for (std::size_t i = 0; found && i < names.size(); ++i) {
    const Value value = row.Column(static_cast<int>(i) + 1);
    if (IsNull(value)) continue;
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", names[i], FormatJson(value));
  }
  return text;
}

}  // namespace sweepformer
