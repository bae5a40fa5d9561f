#include "results/extension.h"

#include <string_view>
#include <unordered_set>

namespace sweepformer {
namespace {

Result<bool> HasSweep(const Connection& connection, const std::string& sweep) {
  SF_ASSIGN(Statement find, connection.Prepare("SELECT 1 FROM sweep WHERE name = ?"));
  return find.BindAll(sweep).Step();
}

void CountMember(bool in_plan, bool named, bool succeeded, SweepExtension& extension) {
  extension.in_plan += in_plan;
  extension.succeeded += in_plan && succeeded;
  extension.added -= named;
  extension.returning += !in_plan && named;
  extension.leaving += in_plan && !named;
  extension.outside += !in_plan && !named;
}

}  // namespace

Result<std::optional<SweepExtension>> ExtensionOf(const Connection& connection,
                                                  const std::string& sweep,
                                                  std::span<const std::string> runs) {
  SF_ASSIGN(const bool begun, HasSweep(connection, sweep));
  if (!begun) return std::optional<SweepExtension>();
  const std::unordered_set<std::string_view> named(runs.begin(), runs.end());
  SweepExtension extension;
  extension.added = static_cast<std::int64_t>(named.size());
  SF_ASSIGN(Statement members,
            connection.Prepare("SELECT id, in_plan, state = 'succeeded' FROM member "
                               "JOIN sweep USING(sweep_key) JOIN run USING(run_key) "
                               "WHERE name = ?"));
  SF_ASSIGN(bool row, members.BindAll(sweep).Step());
  while (row) {
    CountMember(members.Int(1) != 0, named.contains(members.Text(0)), members.Int(2) != 0,
                extension);
    SF_ASSIGN(row, members.Step());
  }
  return std::optional(extension);
}

}  // namespace sweepformer
