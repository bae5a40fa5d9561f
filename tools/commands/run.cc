#include <fmt/format.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <unordered_set>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/printable.h"
#include "orchestrator/exec/local_executor.h"
#include "orchestrator/exec/spawn.h"
#include "orchestrator/sched/holder.h"
#include "orchestrator/sched/scheduler.h"
#include "orchestrator/sql/reader_gate.h"
#include "results/finished_cells.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/commands/launch_screen.h"
#include "tools/planning/declared_figure.h"
#include "tools/planning/machine_fit.h"
#include "tools/planning/program_check.h"

namespace sweepformer::cli {
namespace {

constexpr int kMostSlots = 4096;

/// What the command line says about carrying a plan out.
struct LaunchOptions {
  std::filesystem::path store;
  int slots = 0;  ///< 0: as many as the machine holds
  int threads = 1;
  Resources named;  ///< of --resource
  bool retry_failed = false;
  bool json = false;
};

/// How a launch came out.
struct LaunchResult {
  PlanCounts counts;
  std::optional<int> interrupted_by;
  double seconds = 0;
  std::vector<std::string> warnings;
};

Result<LaunchOptions> OptionsFrom(const Arguments& arguments) {
  LaunchOptions options;
  options.store = StorePath(arguments);
  SF_ASSIGN(const auto slots, arguments.Integer("slots", 1, kMostSlots));
  options.slots = static_cast<int>(slots.value_or(0));
  SF_ASSIGN(options.threads, ThreadsPerRun(arguments));
  SF_ASSIGN(options.named, NamedResources(arguments));
  options.retry_failed = arguments.Has("retry-failed");
  options.json = arguments.Has("json");
  return options;
}

Registration RegistrationOf(const SweepPlan& plan) {
  Registration registration;
  registration.sweep = plan.spec.name;
  registration.about = plan.spec.about;
  registration.spec_text = plan.spec.text;
  registration.maximize = plan.spec.goal.maximize;
  registration.minimize = plan.spec.goal.minimize;
  registration.worker_version = plan.worker.version;
  registration.description_json = plan.worker.description_json;
  registration.parameters = plan.parameters;
  registration.whole = plan.whole;
  if (const auto* described = plan.worker.described()) {
    registration.worker = described->worker;
    registration.metrics = described->metrics;
  } else {
    registration.worker = plan.worker.command.front();
  }
  for (const PlannedWork& work : plan.work) {
    registration.runs.push_back({work.config, work.terms->label});
  }
  return registration;
}

/// Writes down the states that `settled` has otherwise than `known`; of what has succeeded nothing,
/// though it may be wanted for its weights.
Status SaveSettled(ResultStore& store, const std::vector<std::string>& ids,
                   const std::vector<RunState>& known, const std::vector<RunState>& settled) {
  std::vector<std::string> wanted, aborted;
  for (std::size_t run = 0; run < ids.size(); ++run) {
    if (settled[run] == known[run] || known[run] == RunState::kSucceeded) continue;
    (settled[run] == RunState::kAborted ? aborted : wanted).push_back(ids[run]);
  }
  SF_TRY(store.SetStates(wanted, RunState::kPending));
  return store.SetStates(aborted, RunState::kAborted);
}

/// What earlier launches found out about the memory that runs take.
Status RecallMemory(const SweepPlan& plan, const ResultStore& store, Reactor& reactor) {
  SF_ASSIGN(const auto ran_out, ReadOutOfMemory(store.connection()));
  for (std::size_t run = 0; run < plan.work.size() && !ran_out.empty(); ++run) {
    const auto held = ran_out.find(plan.work[run].config.id());
    if (held != ran_out.end()) reactor.RanOut(run, held->second);
  }
  SF_ASSIGN(const auto peaks, ReadPeaks(store.connection(), plan.worker.version, HostName()));
  for (const auto& [cell, bytes] : peaks) reactor.LearnPeak(cell, bytes);
  return {};
}

/// What the worker reckons that cells take of which no run has finished.
Status ReckonMemory(const SweepPlan& plan, Reactor& reactor) {
  const auto* described = plan.worker.described();
  if (!described || described->memory.empty()) return {};
  SF_ASSIGN(DeclaredFigure memory, DeclaredFigure::MemoryOf(described));
  std::unordered_set<std::string_view> met;
  for (const PlannedWork& work : plan.work) {
    if (!met.insert(work.config.cell()).second) continue;
    const auto bytes = memory.At(work.config.parameters());
    if (bytes) reactor.ExpectPeak(work.config.cell(), *bytes);
  }
  return {};
}

/// The plan as the store knows it: runs that are done stay so.
Result<Reactor> ReactorFor(const SweepPlan& plan, const LaunchOptions& options, ResourcePool pool,
                           ResultStore& store) {
  const std::vector<std::string> ids = plan.RunIds();
  if (options.retry_failed) SF_TRY(store.Reopen(ids));
  SF_ASSIGN(const auto standing, store.StandingOf(ids));
  std::vector<RunState> states;
  std::vector<int> used;
  for (const std::string& id : ids) {
    const RunStanding& known = standing.at(id);
    states.push_back(known.state);
    used.push_back(known.attempts_used);
  }
  std::vector<RunState> settled =
      SettleStates(plan.work, states, WeightsKeptIn(options.store, plan));
  SF_TRY(SaveSettled(store, ids, states, settled));
  std::vector<PlannedWork> work = plan.work;
  for (std::size_t run = 0; run < ids.size(); ++run) {
    work[run].has_result =
        states[run] == RunState::kSucceeded && settled[run] == RunState::kPending;
    if (work[run].has_result) used[run] = 0;  // no failure of its own asks for it
  }
  Reactor reactor(Plan(std::move(work), std::move(settled)), std::move(used), std::move(pool),
                  plan.spec.retry);
  SF_TRY(RecallMemory(plan, store, reactor));
  SF_TRY(ReckonMemory(plan, reactor));
  return reactor;
}

std::vector<std::string> Joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// The runs of a plan that this launch will not start.
std::set<std::string> SettledRuns(const SweepPlan& plan, const LaunchOptions& options,
                                  const std::map<std::string, RunStanding>& standing) {
  std::vector<RunState> states;
  for (const PlannedWork& work : plan.work) {
    const auto known = standing.find(work.config.id());
    const RunState state = known == standing.end() ? RunState::kPending : known->second.state;
    const bool reopened = state == RunState::kFailed && options.retry_failed;
    states.push_back(reopened ? RunState::kPending : state);
  }
  states = SettleStates(plan.work, std::move(states), WeightsKeptIn(options.store, plan));
  std::set<std::string> settled;
  for (std::size_t run = 0; run < states.size(); ++run) {
    if (states[run] != RunState::kPending) settled.insert(plan.work[run].config.id());
  }
  return settled;
}

/// A failure if a run that would be started cannot be: a plan that is done needs neither the memory
/// nor the program, nor where to put logs.
Status CheckStartable(const SweepPlan& plan, const LaunchOptions& options, const ResourcePool& pool,
                      const std::set<std::string>& settled) {
  if (settled.size() == plan.work.size()) return {};
  if (const auto problem = ProgramProblem(plan)) return InvalidArgument(*problem);
  if (const auto problem = FitProblem(plan, pool, settled)) return InvalidArgument(*problem);
  return CheckRunsFolder(FollowLinks(options.store));
}

Result<LaunchResult> Launch(KeeperLink keeper, const SweepPlan& plan, const LaunchOptions& options,
                            const std::filesystem::path& data_folder) {
  ResourcePool pool = ThisMachine(options.slots, options.named);
  const bool is_new = !std::filesystem::exists(options.store);
  if (is_new) SF_TRY(CheckStartable(plan, options, pool, {}));
  SF_ASSIGN(const StoreHolder holder, StoreHolder::Acquire(options.store));
  ReaderGate gate;
  SF_ASSIGN(ResultStore store, ResultStore::Open(options.store));
  const ReaderGate::Hold hold(gate, options.store);
  Reach(CrashPoint::kBeforeRecovery);
  SF_ASSIGN(const int lost, RecoverLostAttempts(store));
  SF_ASSIGN(const auto standing, store.StandingOf(plan.RunIds()));
  SF_TRY(CheckStartable(plan, options, pool, SettledRuns(plan, options, standing)));
  Reach(CrashPoint::kBeforeRegister);
  SF_TRY(store.RegisterRuns(RegistrationOf(plan)));
  Reach(CrashPoint::kAfterRegister);
  SF_ASSIGN(Reactor reactor, ReactorFor(plan, options, std::move(pool), store));
  SF_ASSIGN(const auto executor, LocalExecutor::Make(std::move(keeper), holder.fd()));
  LaunchScreen screen(ScreenKindOf(options.json), RunNames(plan.work));
  for (const std::string& note : plan.notes) screen.Print("note: " + note);
  if (lost > 0) {
    screen.Print(fmt::format("{} of an orchestrator that died {} run again",
                             lost == 1 ? "1 attempt" : fmt::format("{} attempts", lost),
                             lost == 1 ? "is" : "are"));
  }
  LaunchSettings settings = SettingsFor(plan.worker, plan.parameters, options.store, data_folder);
  settings.threads = options.threads;
  settings.watched = plan.watched;
  const std::int64_t began_ms = SteadyMs();
  SF_TRY(Scheduler(store, *executor, settings, screen).Run(reactor));
  Reach(CrashPoint::kBeforeExit);
  SF_TRY(store.CheckStillThere());
  return LaunchResult{reactor.plan().Counts(), reactor.interrupted_by(),
                      static_cast<double>(SteadyMs() - began_ms) / 1000,
                      Joined(plan.notes, screen.troubles())};
}

/// The command line as it can be typed again.
std::string OwnCommand() {
  std::string command;
  const auto words = ReadFile("/proc/self/cmdline");
  std::string word;
  for (const char c : words.ok() ? *words : std::string()) {
    if (c != '\0') {
      word += c;
      continue;
    }
    command += (command.empty() ? "" : " ") + ShellWord(word);
    word.clear();
  }
  return command;
}

std::string ResultText(const SweepPlan& plan, const LaunchOptions& options,
                       const LaunchResult& result) {
  const PlanCounts& counts = result.counts;
  std::string text = fmt::format("{}: {} run{}, {} succeeded", plan.spec.name, counts.total,
                                 counts.total == 1 ? "" : "s", counts.succeeded);
  if (counts.reused > 0) text += fmt::format(" ({} had before)", counts.reused);
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  if (counts.aborted > 0) {
    text += fmt::format(", {} aborted (what {} from failed)", counts.aborted,
                        counts.aborted == 1 ? "it starts" : "they start");
  }
  if (counts.left > 0) text += fmt::format(", {} left", counts.left);
  text += counts.succeeded == counts.reused && counts.failed + counts.aborted + counts.left == 0
              ? "; nothing was left to do\n"
              : fmt::format(", in {}\n", ShortDuration(result.seconds));
  const std::string store =
      options.store == "sweepformer.db" ? "" : " --store " + ShellWord(options.store.string());
  if (counts.left > 0) text += fmt::format("go on with: {}\n", OwnCommand());
  if (counts.failed > 0) {
    text += fmt::format("why: sweepformer status {}{}; --retry-failed tries again\n",
                        ShellWord(plan.spec.name), store);
  }
  return text;
}

std::string ResultJson(const SweepPlan& plan, const LaunchOptions& options,
                       const LaunchResult& result) {
  const PlanCounts& counts = result.counts;
  const nlohmann::ordered_json json = {{"version", 1},
                                       {"sweep", plan.spec.name},
                                       {"store", options.store.string()},
                                       {"runs", counts.total},
                                       {"succeeded", counts.succeeded},
                                       {"reused", counts.reused},
                                       {"failed", counts.failed},
                                       {"aborted", counts.aborted},
                                       {"left", counts.left},
                                       {"interrupted", result.interrupted_by.has_value()},
                                       {"seconds", result.seconds},
                                       {"warnings", result.warnings}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int ExitCodeFor(const LaunchResult& result) {
  if (result.interrupted_by) return 128 + *result.interrupted_by;
  return result.counts.succeeded == result.counts.total ? kExitOk : kExitFailedRuns;
}

Result<int> RunSweep(const Arguments& arguments) {
  SF_TRY(ArmCrashPoint());
  SF_ASSIGN(KeeperLink keeper, KeeperLink::Start());
  signal(SIGPIPE, SIG_IGN);  // runs go on though nobody reads of them any more
  signal(SIGXFSZ, SIG_IGN);  // a file at its size limit is an error like a full disk
  AllowManyDescriptors();    // every run holds some
  SF_ASSIGN(const LaunchOptions options, OptionsFrom(arguments));
  SF_ASSIGN(const SweepPlan plan, PlanFrom(arguments));
  SF_ASSIGN(const LaunchResult result,
            Launch(std::move(keeper), plan, options, DataFolder(arguments)));
  const int code = ExitCodeFor(result);
  try {
    if (options.json) {
      fmt::print("{}", ResultJson(plan, options, result));
    } else {
      PrintText(ResultText(plan, options, result));
    }
  } catch (const std::system_error& error) {
    // A closed terminal takes no text, a reader who has left wants none: the code has to do.
    if (code == kExitOk && error.code() != std::errc::broken_pipe) throw;
    std::clearerr(stdout);
  }
  return code;
}

}  // namespace

Command RunCommand() {
  Command command;
  command.name = "run";
  command.about = "Runs what is not done yet; the same command again resumes.";
  command.positionals = {{"SPEC"}};
  command.options = PlanOptions();
  command.options.push_back(
      {"slots", 'j', "N",
       "so many runs at once (default: as the machine's cores and memory hold)"});
  command.options.push_back({"retry-failed", 0, "", "also run what failed before"});
  command.options.push_back(JsonOption());
  command.examples = {
      {"sweepformer run experiments/demo.toml", "run it, one run per core"},
      {"sweepformer run experiments/robustness.toml --set dataset=blitzer --data ../shared/data "
       "--store blitzer.db",
       "other data, and a store of its own"},
      {"sweepformer run mine.toml --only \"attention = 'full'\" --seeds 1 -j 2",
       "a part of it first"}};
  command.details =
      "Ctrl-C once: nothing new is started and what runs is asked to end; twice: it is killed.\n"
      "Whatever ends it, the same command goes on where it stopped.\n"
      "Exit codes: 0 all runs succeeded, 1 some failed, 2 spec, data or usage error, 3 store or\n"
      "disk trouble or another orchestrator on the store, 4 --only matches nothing, 129 a closed\n"
      "terminal, 130 Ctrl-C, 143 SIGTERM.";
  command.run = RunSweep;
  return command;
}

}  // namespace sweepformer::cli
