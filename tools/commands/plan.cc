#include <fmt/format.h>

#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/planning/machine_fit.h"
#include "tools/planning/plan_text.h"
#include "tools/planning/program_check.h"

namespace sweepformer::cli {
namespace {

Result<PlanStanding> StandingOf(const SweepPlan& plan, const std::filesystem::path& store) {
  PlanStanding standing{store.string(), std::filesystem::exists(store), {}};
  std::vector<RunState> states(plan.work.size(), RunState::kPending);
  if (standing.exists) {
    SF_ASSIGN(const ResultStore reader, ResultStore::OpenReadOnly(store));
    std::vector<std::string> ids;
    for (const PlannedWork& work : plan.work) ids.push_back(work.config.id());
    SF_ASSIGN(const auto known, reader.StandingOf(ids));
    for (std::size_t run = 0; run < ids.size(); ++run) {
      if (const auto it = known.find(ids[run]); it != known.end()) states[run] = it->second.state;
    }
  }
  standing.counts =
      Plan(plan.work, SettleStates(plan.work, states, WeightsKeptIn(store, plan))).Counts();
  return standing;
}

/// Notes what `run` would refuse here.
void NoteRefusals(SweepPlan& plan) {
  for (const auto& problem : {ProgramProblem(plan), FitProblem(plan, ThisMachine(0))}) {
    if (problem) plan.notes.push_back("'run' will refuse this plan here: " + *problem);
  }
}

Result<int> RunPlan(const Arguments& arguments) {
  SF_ASSIGN(SweepPlan plan, PlanFrom(arguments));
  SF_ASSIGN(const PlanStanding standing, StandingOf(plan, StorePath(arguments)));
  if (standing.counts.left > 0) NoteRefusals(plan);
  if (arguments.Has("json")) return fmt::print("{}", PlanJson(plan, standing)), kExitOk;
  PrintText(PlanText(plan, standing));
  if (arguments.Has("list")) PrintText("\n" + CellList(plan));
  return kExitOk;
}

}  // namespace

Command PlanCommand() {
  Command command;
  command.name = "plan";
  command.about = "Checks a spec: what would run, what is dropped, what is done.";
  command.positionals = {{"SPEC"}};
  command.options = PlanOptions();
  command.options.push_back({"list", 'l', "", "also list the cells"});
  command.options.push_back(JsonOption());
  command.examples = {
      {"sweepformer plan experiments/demo.toml", "what the demo would run"},
      {"sweepformer plan experiments/robustness.toml --set dataset=blitzer --data ../shared/data",
       "the same grid on other data"},
      {"sweepformer plan mine.toml --axis compression=2,4 --seeds 2 --list",
       "with other values and fewer seeds, cell by cell"}};
  command.details =
      "Nothing is started and nothing is written. --set and --axis replace a parameter's values\n"
      "and keep its `when`; they never mark runs of the store as outside the plan.";
  command.run = RunPlan;
  return command;
}

}  // namespace sweepformer::cli
