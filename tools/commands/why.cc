#include <fmt/format.h>

#include "orchestrator/core/clock.h"
#include "orchestrator/spec/parse_spec.h"
#include "results/run_record.h"
#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/reading/orchestrator_watch.h"
#include "tools/reading/run_text.h"

namespace sweepformer::cli {
namespace {

/// [retry] of the sweep that named the run last, if its spec can still be read.
Result<std::optional<RetrySpec>> RetryOf(const Connection& connection, const RunRecord& run) {
  SF_ASSIGN(const std::string text, LastSpecOf(connection, run.id));
  const auto spec = ParseStoredSpec(text);
  return spec.ok() ? std::optional(spec->retry) : std::nullopt;
}

/// In what state the run is that this one starts from, if it starts from one; running if it is run
/// once more for its weights.
std::optional<RunState> ParentState(const Connection& connection, const RunRecord& run) {
  if (run.parent.empty()) return {};
  const auto parent = FindRun(connection, run.parent);
  if (!parent.ok()) return {};
  return parent->under_way() ? RunState::kRunning : parent->state;
}

Result<int> RunWhy(const Arguments& arguments) {
  const OrchestratorWatch watch(StorePath(arguments));
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  SF_ASSIGN(const RunRecord run, FindRun(store.connection(), *arguments.Text("RUN")));
  WhyContext context;
  context.now_ms = WallMs();
  context.orchestrated = !watch.IsGone();
  context.interrupted = run.under_way() && !context.orchestrated;
  context.log = LastLog(StorePath(arguments), run);
  SF_ASSIGN(context.retry, RetryOf(store.connection(), run));
  context.parent_state = ParentState(store.connection(), run);
  if (arguments.Has("json")) {
    fmt::print("{}", WhyJson(run, context));
  } else {
    PrintText(WhyText(run, context));
  }
  return kExitOk;
}

}  // namespace

Command WhyCommand() {
  Command command;
  command.name = "why";
  command.about = "Why a run was skipped, reused, retried or failed, or is waiting.";
  command.positionals = {{"RUN"}};
  command.options = {StoreOption(), JsonOption()};
  command.examples = {{"sweepformer why 3fa94c", "in sentences"},
                      {"sweepformer why 3fa94c --json", "the same for scripts"}};
  command.details = "RUN is the start of a run's id, as for `show`. An unknown run is exit code 4.";
  command.run = RunWhy;
  return command;
}

}  // namespace sweepformer::cli
