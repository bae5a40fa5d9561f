#include <fmt/format.h>

#include "results/run_record.h"
#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/reading/log_tail.h"
#include "tools/reading/orchestrator_watch.h"
#include "tools/reading/run_text.h"

namespace sweepformer::cli {
namespace {

/// What the last attempt printed last.
std::string LogText(const RunRecord& run, const std::filesystem::path& store) {
  if (run.attempts.empty()) return "";
  const std::string tail = LogTail(LastLog(store, run), "  ");
  return tail.empty() ? "\nno log: nothing was printed\n" : "\nthe last lines of its log\n" + tail;
}

Result<int> RunShow(const Arguments& arguments) {
  const OrchestratorWatch watch(StorePath(arguments));
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  SF_ASSIGN(const RunRecord run, FindRun(store.connection(), *arguments.Text("RUN")));
  const bool interrupted = run.under_way() && watch.IsGone();
  if (arguments.Has("json")) {
    fmt::print("{}", RunJson(run, interrupted));
  } else {
    PrintText(RunText(run, interrupted, OutputPage()) + LogText(run, StorePath(arguments)));
  }
  return kExitOk;
}

}  // namespace

Command ShowCommand() {
  Command command;
  command.name = "show";
  command.about = "One run: configuration, attempts, metrics, curves, end of its log.";
  command.positionals = {{"RUN"}};
  command.options = {StoreOption(), JsonOption()};
  command.examples = {{"sweepformer show 3fa94c", "the run whose id starts so"},
                      {"sweepformer show 3fa94c --json", "with every point of its curves"}};
  command.details =
      "RUN is the start of a run's id, at least 4 digits; one that fits several runs lists them.\n"
      "An unknown run is exit code 4.";
  command.run = RunShow;
  return command;
}

}  // namespace sweepformer::cli
