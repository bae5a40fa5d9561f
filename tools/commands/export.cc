#include "results/export.h"

#include <fmt/format.h>

#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"

namespace sweepformer::cli {
namespace {

Result<int> RunExport(const Arguments& arguments) {
  const std::string sweep = *arguments.Text("SWEEP");
  const std::string folder = *arguments.Text("DIR");
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  SF_TRY(ExportSweep(store.connection(), sweep, folder));
  PrintText(fmt::format("exported {} to {}; README.md there says what is in it\n", sweep, folder));
  return kExitOk;
}

}  // namespace

Command ExportCommand() {
  Command command;
  command.name = "export";
  command.about = "Writes a sweep as CSV files with a data dictionary.";
  command.positionals = {{"SWEEP"}, {"DIR"}};
  command.options = {StoreOption()};
  command.examples = {{"sweepformer export demo demo-csv", "a folder to hand to anyone"}};
  command.details =
      "DIR will hold runs.csv, cells.csv, attempts.csv, history.csv, dictionary.csv (unit and "
      "meaning of every column) and README.md. It appears whole or not at all. An earlier export "
      "of the sweep is replaced; a folder that holds anything else is left as it is.";
  command.run = RunExport;
  return command;
}

}  // namespace sweepformer::cli
