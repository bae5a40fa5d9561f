#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "orchestrator/sched/scheduler.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/planning/machine_fit.h"
#include "tools/planning/plan_json.h"
#include "tools/planning/plan_text.h"
#include "tools/planning/program_check.h"

namespace sweepformer::cli {
namespace {

std::size_t OutputColumns() {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kEndlessColumns;
}

/// Notes what `run` would refuse here; a plan that is done needs neither program nor memory.
void NoteRefusals(const PlanStanding& standing, const ResourcePool& machine, SweepPlan& plan) {
  const auto note = [&](const std::optional<std::string>& problem) {
    if (problem) plan.notes.push_back("'run' will refuse this plan here: " + *problem);
  };
  if (standing.counts.left == 0) return;
  note(ProgramProblem(plan));
  note(FitProblem(plan, machine));
}

Result<int> RunPlan(const Arguments& arguments) {
  SF_ASSIGN(SweepPlan plan, PlanFrom(arguments));
  SF_ASSIGN(Resources named, NamedResources(arguments));
  const ResourcePool machine = ThisMachine(0, std::move(named));
  SF_ASSIGN(const PlanStanding standing,
            StandingOf(plan, StorePath(arguments), machine, HostName()));
  if (standing.name_clash) return InvalidArgument(*standing.name_clash);
  NoteRefusals(standing, machine, plan);
  const bool list = arguments.Has("list");
  if (arguments.Has("json")) {
    WritePlanJson(plan, standing, list ? PlanDetail::kRunsAndCells : PlanDetail::kRuns, std::cout);
  } else {
    PrintText(PlanText(plan, standing, OutputColumns()) + (list ? "\n" : ""));
    std::fflush(stdout);
    if (list) WriteCellTable(plan, standing, std::cout);
  }
  std::cout.flush();
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
      "and keep its `when`; they never mark runs of the store as outside the plan.\n"
      "Time and memory are taken from finished runs of the store: of the same cell, else of those\n"
      "that differ in the fewest parameters, scaled by the cost and corrected by the memory that "
      "the\n"
      "worker declares; with none, memory is what the worker declares. 'detects' is the smallest\n"
      "difference that a paired t-test over the seeds sees 4 times out of 5.";
  command.run = RunPlan;
  return command;
}

}  // namespace sweepformer::cli
