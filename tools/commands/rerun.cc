#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"
#include "orchestrator/core/printable.h"
#include "orchestrator/exec/local_executor.h"
#include "orchestrator/sched/holder.h"
#include "orchestrator/sched/repeat.h"
#include "orchestrator/sched/scheduler.h"
#include "orchestrator/sql/reader_gate.h"
#include "results/finished_cells.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/commands/launch_screen.h"
#include "tools/planning/machine_fit.h"
#include "tools/planning/stored_run.h"
#include "tools/reading/times.h"

namespace sweepformer::cli {
namespace {

namespace fs = std::filesystem;

/// A store opened for one of its runs, and what carries that out.
struct Bench {
  StoreHolder holder;
  std::unique_ptr<ReaderGate> gate;
  ResultStore store;
  std::unique_ptr<ReaderGate::Hold> hold;
  RunRecord run;
  StoredRun stored;
  LaunchSettings settings;
  std::unique_ptr<LocalExecutor> executor;
};

Result<Bench> SetUp(KeeperLink keeper, const Arguments& arguments) {
  const fs::path path = StorePath(arguments);
  if (!fs::exists(path)) return ResultStore::OpenReadOnly(path).status();
  SF_ASSIGN(StoreHolder holder, StoreHolder::Acquire(path));
  auto gate = std::make_unique<ReaderGate>();
  SF_ASSIGN(ResultStore store, ResultStore::Open(path));
  auto hold = std::make_unique<ReaderGate::Hold>(*gate, path);
  SF_TRY(RecoverLostAttempts(store).status());
  SF_ASSIGN(RunRecord run, FindRun(store.connection(), *arguments.Text("RUN")));
  std::optional<int> threads;
  if (arguments.Has("threads-per-run")) {
    SF_ASSIGN(threads, ThreadsPerRun(arguments));
  }
  const fs::path data = DataFolder(arguments);
  SF_ASSIGN(StoredRun stored, ReadStoredRun(store.connection(), run, data, threads));
  LaunchSettings settings = SettingsFor(stored.worker, stored.parameters, path, data);
  settings.threads = stored.threads;
  SF_ASSIGN(auto executor, LocalExecutor::Make(std::move(keeper), holder.fd()));
  return Bench{std::move(holder), std::move(gate),   std::move(store),    std::move(hold),
               std::move(run),    std::move(stored), std::move(settings), std::move(executor)};
}

std::string ShortId(const RunRecord& run) { return run.id.substr(0, 8); }

// ---- again, and compared

/// The attempt whose result was accepted.
const AttemptRow* AcceptedAttempt(const RunRecord& run) {
  const AttemptRow* accepted = nullptr;
  for (const AttemptRow& attempt : run.attempts) {
    if (attempt.outcome == Outcome::kCompleted) accepted = &attempt;
  }
  return accepted;
}

std::int64_t ReproducibleMetrics(const RunRecord& run) {
  return std::count_if(run.metrics.begin(), run.metrics.end(),
                       [](const FinalMetric& metric) { return metric.spec.reproducible; });
}

/// What a foreign command reports is declared by nobody, whatever the store knows of the name.
Status CheckVerifiable(const RunRecord& run, bool foreign) {
  if (run.state != RunState::kSucceeded) {
    return InvalidArgument(fmt::format(
        "run {0} is {1}, so there is no result to compare with; `sweepformer rerun {0}` runs it",
        ShortId(run), Word(run.state)));
  }
  if (!foreign && ReproducibleMetrics(run) > 0) return {};
  return InvalidArgument(fmt::format(
      "run {}: its worker declares none of its metrics reproducible, so nothing can be compared",
      ShortId(run)));
}

/// The limit on its memory that an attempt was carried out with, which [retry] may have raised;
/// nothing where that is not recorded.
std::optional<std::int64_t> MemoryLimitOf(const AttemptRow& attempt) {
  const auto resources = nlohmann::json::parse(attempt.resources_json, nullptr, false);
  if (!resources.is_object()) return {};
  const auto limit = resources.find("mem_limit");
  if (limit == resources.end() || !limit->is_number_integer()) return {};
  return limit->get<std::int64_t>();
}

/// Where a verification writes while it goes on, under a name that no worker uses in its run's
/// folder. Only the holder of the store makes it.
class VerifyFolder {
 public:
  explicit VerifyFolder(const fs::path& run_folder) : path_(run_folder / ".sweepformer-verify") {
    Remove();  // of a verification that was killed
  }
  ~VerifyFolder() { Remove(); }
  VerifyFolder(const VerifyFolder&) = delete;
  VerifyFolder& operator=(const VerifyFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  void Remove() const {
    std::error_code error;
    fs::remove_all(path_, error);
  }

  fs::path path_;
};

/// The request of the accepted attempt, but for where it writes: a folder of its own, so that
/// nothing an earlier attempt left is found and nothing of the run is touched.
Result<LaunchRequest> VerifyingRequest(const Bench& bench, const fs::path& folder) {
  AttemptTicket ticket;
  ticket.key = 1;
  const AttemptRow* const accepted = AcceptedAttempt(bench.run);
  ticket.number = accepted ? accepted->number : 1;
  const fs::path log = fmt::format("verify-{}.log", bench.run.verifications.size() + 1);
  ticket.log_path = (folder.parent_path() / log).string();
  LaunchRequest launch = RequestFor(bench.settings, bench.stored.work, ticket);
  SF_ASSIGN(RunRequest request, ParseRequest(launch.standard_input));
  request.folder = folder;
  request.keep_weights = folder / "weights.safetensors";
  launch.standard_input = FormatRequest(request);
  launch.timeout_s.reset();
  const auto limit = accepted ? MemoryLimitOf(*accepted) : std::nullopt;
  if (limit) launch.mem_limit_bytes = limit;
  return launch;
}

/// How the weights a run kept differ from those it would keep now.
std::vector<Mismatch> WeightMismatches(const Bench& bench, const fs::path& folder) {
  const auto before = ReadFile(WeightsFile(bench.settings.store, bench.run.id));
  const auto now = ReadFile(folder / "weights.safetensors");
  if (!before.ok() || !now.ok() || *before == *now) return {};
  return {{"the final weights", HashHex(*before), HashHex(*now)}};
}

/// What came of a verification.
struct VerifyResult {
  Verification record;
  std::vector<Mismatch> differences;
  std::vector<Mismatch> provenance;
  std::int64_t metrics = 0;
  std::size_t test_items = 0;
};

std::string MismatchText(const Mismatch& one) {
  return fmt::format("{} was {} and is {}", one.what, one.before, one.now);
}

Result<VerifyResult> Compare(const Bench& bench, const RepeatReport& report,
                             const fs::path& folder) {
  SF_ASSIGN(const auto hits, TestHitsOf(bench.store.connection(), bench.run.id));
  const RepeatedRun again{report.record.final_metrics(), report.record.test_hits(),
                          report.provenance_json};
  VerifyResult verdict;
  verdict.differences = MismatchesOf(bench.run, hits, again);
  for (Mismatch& one : WeightMismatches(bench, folder)) {
    verdict.differences.push_back(std::move(one));
  }
  const AttemptRow* const accepted = AcceptedAttempt(bench.run);
  verdict.provenance =
      ProvenanceMismatches(accepted ? accepted->provenance_json : "", report.provenance_json);
  verdict.metrics = ReproducibleMetrics(bench.run);
  verdict.test_items = hits ? hits->size() : 0;
  if (!verdict.differences.empty()) {
    verdict.record.difference = MismatchText(verdict.differences.front());
  }
  return verdict;
}

std::string VerdictText(const RunRecord& run, const VerifyResult& verdict) {
  const Verification& record = verdict.record;
  std::string text = fmt::format("run {}: ", ShortId(run));
  if (record.equal()) {
    text += fmt::format("bit-equal: {}", Counted(verdict.metrics, "metric"));
    if (verdict.test_items > 0) text += fmt::format(" and {} test items", verdict.test_items);
    text += fmt::format(", in {}\n", FormatDuration(record.ended_ms - record.started_ms));
    return text;
  }
  text += fmt::format("differs: {}\n", record.difference);
  const std::size_t more = verdict.differences.size() - 1;
  if (more > 0) text += fmt::format("  and {} more\n", more);
  for (const Mismatch& one : verdict.provenance) {
    text += fmt::format("  then and now: {}\n", MismatchText(one));
  }
  if (verdict.provenance.empty()) text += "  on the same host, CPU, libraries and threads\n";
  return text;
}

nlohmann::ordered_json MismatchesJson(const std::vector<Mismatch>& differences) {
  auto list = nlohmann::ordered_json::array();
  for (const Mismatch& one : differences) {
    list.push_back({{"what", one.what}, {"before", one.before}, {"now", one.now}});
  }
  return list;
}

std::string VerdictJson(const VerifyResult& verdict) {
  const nlohmann::ordered_json json = {{"version", 1},
                                       {"id", verdict.record.run},
                                       {"equal", verdict.record.equal()},
                                       {"metrics", verdict.metrics},
                                       {"test_items", verdict.test_items},
                                       {"differences", MismatchesJson(verdict.differences)},
                                       {"provenance", MismatchesJson(verdict.provenance)},
                                       {"log_path", verdict.record.log_path},
                                       {"warnings", nlohmann::ordered_json::array()}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<int> Verify(Bench& bench, bool as_json) {
  SF_TRY(CheckVerifiable(bench.run, bench.settings.foreign));
  const VerifyFolder kept(RunFolder(bench.settings.store, bench.run.id));
  const fs::path& folder = kept.path();
  SF_ASSIGN(const LaunchRequest request, VerifyingRequest(bench, folder));
  const EvenClock clock;
  const std::int64_t started_ms = clock.NowMs();
  SF_ASSIGN(
      const RepeatReport report,
      CarryOutApart(*bench.executor, request, ExpectationOf(bench.settings, bench.stored.work)));
  if (report.interrupted_by) return 128 + *report.interrupted_by;
  if (!report.completed()) {
    fmt::print(
        stderr, "{}",
        Printable(fmt::format("run {}: could not be carried out again: {}\n  log  {}\n",
                              ShortId(bench.run), report.outcome_error, request.log.string())));
    return kExitFailedRuns;
  }
  SF_ASSIGN(VerifyResult verdict, Compare(bench, report, folder));
  verdict.record.run = bench.run.id;
  verdict.record.host = HostName();
  verdict.record.started_ms = started_ms;
  verdict.record.ended_ms = clock.NowMs();
  verdict.record.provenance_json = report.provenance_json;
  verdict.record.log_path = request.log.string();
  SF_TRY(bench.store.RecordVerification(verdict.record));
  if (as_json) {
    fmt::print("{}", VerdictJson(verdict));
  } else {
    PrintText(VerdictText(bench.run, verdict));
  }
  return verdict.record.equal() ? kExitOk : kExitFailedRuns;
}

// ---- again, for a result

Status CheckWanted(const Bench& bench, const ResourcePool& pool) {
  const RunRecord& run = bench.run;
  if (run.state == RunState::kSucceeded) {
    return InvalidArgument(fmt::format(
        "run {0} has succeeded and its result stays; `sweepformer rerun {0} --verify` carries it "
        "out again and compares",
        ShortId(run)));
  }
  if (!run.parent.empty()) {
    SF_ASSIGN(const RunRecord parent, FindRun(bench.store.connection(), run.parent));
    if (parent.state != RunState::kSucceeded) {
      return InvalidArgument(
          fmt::format("run {} starts from run {}, which is {}; `sweepformer rerun {}` first",
                      ShortId(run), ShortId(parent), Word(parent.state), ShortId(parent)));
    }
  }
  const std::string lacking = pool.Lacks(bench.stored.work.terms->need);
  if (lacking.empty()) return {};
  return InvalidArgument(
      fmt::format("run {} needs more {} than this machine has", ShortId(run), lacking));
}

/// Failed runs get a fresh budget, others just become wanted.
Status MakeWanted(ResultStore& store, const std::string& run) {
  const std::vector<std::string> ids = {run};
  SF_TRY(store.Reopen(ids));
  return store.SetStates(ids, RunState::kPending);
}

Result<int> RunAgain(Bench& bench, ResourcePool pool, bool as_json) {
  SF_TRY(CheckWanted(bench, pool));
  SF_TRY(CheckRunsFolder(bench.settings.store));
  SF_TRY(MakeWanted(bench.store, bench.run.id));
  const std::vector<PlannedWork> work = {bench.stored.work};
  SF_ASSIGN(const auto standing, bench.store.StandingOf(std::vector<std::string>{bench.run.id}));
  LaunchScreen screen(ScreenKindOf(as_json), RunNames(work));
  Reactor reactor(Plan(work, {RunState::kPending}), {standing.at(bench.run.id).attempts_used},
                  std::move(pool), bench.stored.retry);
  SF_ASSIGN(const auto ran_out, ReadOutOfMemory(bench.store.connection()));
  if (const auto held = ran_out.find(bench.run.id); held != ran_out.end()) {
    reactor.RanOut(0, held->second);
  }
  SF_TRY(Scheduler(bench.store, *bench.executor, bench.settings, screen).Run(reactor));
  SF_TRY(bench.store.CheckStillThere());
  SF_ASSIGN(const RunRecord run, FindRun(bench.store.connection(), bench.run.id));
  if (as_json) {
    const nlohmann::ordered_json json = {{"version", 1},
                                         {"id", run.id},
                                         {"state", Word(run.state)},
                                         {"warnings", screen.troubles()}};
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    PrintText(fmt::format("run {}: {}\n", ShortId(run), Word(run.state)));
  }
  if (reactor.interrupted_by()) return 128 + *reactor.interrupted_by();
  return run.state == RunState::kSucceeded ? kExitOk : kExitFailedRuns;
}

Result<int> RunRerun(const Arguments& arguments) {
  SF_ASSIGN(KeeperLink keeper, KeeperLink::Start());
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  SF_ASSIGN(Bench bench, SetUp(std::move(keeper), arguments));
  const bool as_json = arguments.Has("json");
  if (arguments.Has("verify")) return Verify(bench, as_json);
  SF_ASSIGN(Resources named, NamedResources(arguments));
  constexpr int kSlots = 1;  // alone, with as many cores as there are, as `run -j` would start it
  return RunAgain(bench, ThisMachine(kSlots, std::move(named)), as_json);
}

}  // namespace

Command RerunCommand() {
  Command command;
  command.name = "rerun";
  command.about = "Carries one run out again: what failed, or to verify a result.";
  command.positionals = {{"RUN"}};
  command.options = {
      {"verify", 0, "", "compare with the result of a run that succeeded, bit for bit"},
      DataOption(),
      {"threads-per-run", 0, "N", "threads (default: as many as its last attempt had)"},
      ResourceOption(),
      StoreOption(),
      JsonOption()};
  command.examples = {
      {"sweepformer rerun 3fa94c --verify", "does this machine still get the same figures?"},
      {"sweepformer rerun 3fa94c", "one failed run again, with a fresh budget of attempts"}};
  command.details =
      "RUN is the start of a run's id, as for `show`. With --verify the run's result stays as it "
      "is:\n"
      "every metric that the worker declares reproducible, every test item and, if they were "
      "kept,\n"
      "the final weights are compared. It says bit-equal (exit code 0), or what differs first and\n"
      "what has changed since: host, CPU, library versions, threads (exit code 1). `show` lists "
      "the\n"
      "verifications of a run. Another version of the worker or other data are refused (2).";
  command.run = RunRerun;
  return command;
}

}  // namespace sweepformer::cli
