#include <fmt/format.h>

#include "orchestrator/core/clock.h"
#include "results/run_record.h"
#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/reading/run_text.h"

namespace sweepformer::cli {
namespace {

Result<int> RunWhy(const Arguments& arguments) {
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  SF_ASSIGN(const RunRecord run, FindRun(store.connection(), *arguments.Text("RUN")));
  fmt::print("{}", WhyText(run, WallMs()));
  return kExitOk;
}

}  // namespace

Command WhyCommand() {
  Command command;
  command.name = "why";
  command.about = "Why a run was skipped, reused, retried, failed or flagged, or is waiting.";
  command.positionals = {{"RUN"}};
  command.options = {StoreOption()};
  command.examples = {{"sweepformer why 3fa94c", "in sentences"}};
  command.details = "RUN is the start of a run's id, as for `show`. An unknown run is exit code 4.";
  command.run = RunWhy;
  return command;
}

}  // namespace sweepformer::cli
