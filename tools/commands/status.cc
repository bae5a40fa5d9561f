#include <fmt/format.h>

#include "orchestrator/core/clock.h"
#include "results/store.h"
#include "results/sweeps.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/reading/orchestrator_watch.h"
#include "tools/reading/status_text.h"

namespace sweepformer::cli {
namespace {

Result<std::vector<SweepStanding>> StandingsFor(const Arguments& arguments) {
  const OrchestratorWatch watch(StorePath(arguments));
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  const Connection& connection = store.connection();
  std::vector<Sweep> sweeps;
  if (const auto name = arguments.Text("SWEEP")) {
    SF_ASSIGN(Sweep sweep, FindSweep(connection, *name));
    sweeps.push_back(std::move(sweep));
  } else {
    SF_ASSIGN(sweeps, ListSweeps(connection));
  }
  std::vector<SweepStanding> standings;
  for (Sweep& sweep : sweeps) {
    SF_ASSIGN(SweepProgress progress, ProgressOf(connection, sweep));
    const bool interrupted = progress.Count(RunState::kRunning) > 0 && watch.IsGone();
    standings.push_back({std::move(sweep), std::move(progress), interrupted});
  }
  return standings;
}

Result<int> RunStatus(const Arguments& arguments) {
  SF_ASSIGN(const auto standings, StandingsFor(arguments));
  if (arguments.Has("json")) {
    fmt::print("{}", StatusJson(standings));
  } else {
    PrintText(StatusText(standings, WallMs()));
  }
  return kExitOk;
}

}  // namespace

Command StatusCommand() {
  Command command;
  command.name = "status";
  command.about = "How far each sweep of the store is, and what failed.";
  command.positionals = {{"SWEEP", false}};
  command.options = {StoreOption(), JsonOption()};
  command.examples = {{"sweepformer status", "every sweep, the latest launched first"},
                      {"sweepformer status demo --json", "one, for scripts"}};
  command.details =
      "Counts are of runs in the plan. It may be asked at any time, also while a sweep runs: it\n"
      "holds nobody up. An unknown sweep is exit code 4.";
  command.run = RunStatus;
  return command;
}

}  // namespace sweepformer::cli
