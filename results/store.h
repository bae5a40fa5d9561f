#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/outcome.h"
#include "orchestrator/core/run_config.h"
#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"
#include "results/verification.h"

namespace sweepformer {

/// A run as a member of a sweep.
struct SweepMember {
  RunConfig config;
  std::string label;
};

/// One launch of a sweep, as the store takes note of it.
struct Registration {
  std::string sweep;
  std::string about;
  std::string spec_text;
  std::vector<std::string> maximize;  ///< [goal]
  std::vector<std::string> minimize;
  std::string worker;  ///< name or command, for people
  std::string worker_version;
  std::string description_json;         ///< empty for a foreign worker
  std::vector<std::string> parameters;  ///< column order of the views; others follow as they appear
  std::vector<MetricSpec> metrics;      ///< declared ones: their columns are made at once
  std::vector<SweepMember> runs;        ///< in the order of the plan
  bool whole = true;  ///< false: narrowed by the command line, so nothing leaves the plan
};

/// What the store knows of a run before a launch.
struct RunStanding {
  RunState state = RunState::kPending;
  int attempts_used = 0;  ///< executions that count against `retry.attempts`
};

/// Where and how an attempt is started.
struct AttemptStart {
  std::string executor = "local";
  std::string host;
  std::string boot_id;
  std::string resources_json;  ///< what it takes while it runs, by name, and its threads
  std::string log_folder;      ///< the attempt's log will be attempt-<number>.log in it
  std::int64_t started_ms = 0;
};

/// An attempt under way. `key` names it in every later call, `number` counts from 1 within its run.
struct AttemptTicket {
  std::int64_t key = 0;
  int number = 0;
  std::string log_path;
};

/// One figure of an attempt. No step: a final one, the last wins.
struct Measurement {
  std::string metric;
  std::string split;
  std::optional<std::int64_t> step;
  double value = 0;
};

/// How an attempt ended, and what its run is from then on.
struct AttemptEnd {
  std::int64_t key = 0;
  Outcome outcome = Outcome::kFailed;
  RunState next_state = RunState::kFailed;
  bool counts = true;         ///< against `retry.attempts`; false for a loss through our own death
  std::int64_t ended_ms = 0;  ///< stored as no earlier than its start, whatever the clock says
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<double> cpu_seconds;
  std::optional<std::int64_t> peak_rss_bytes;
  std::string peak_rss_method;
  std::optional<std::int64_t> peak_cgroup_bytes;
  std::optional<double> energy_joules;  ///< joins the attempt's provenance
  std::optional<double> run_delay_share;
  std::string note;   ///< what was odd though it does not count against it, or empty
  std::string error;  ///< in words, empty if all went well
  std::map<std::string, double, NameLess> final_metrics;  ///< kept when completed
  std::optional<std::vector<bool>> test_hits;             ///< kept when completed
};

/// An attempt the store believes to be running.
struct OpenAttempt {
  std::int64_t key = 0;
  std::string run;
  int number = 0;
  std::string host;
  std::string boot_id;
  std::int64_t pid = 0;
  std::int64_t process_start = 0;  ///< field 22 of /proc/<pid>/stat
};

/// Sweeps, runs, attempts and measurements in one SQLite file (SCHEMA.md). One writer at a time
/// (sched/holder.h); readers are never blocked. Every call that changes something is committed when
/// it returns, or with the transaction it is made in: it then survives a kill, though perhaps not a
/// power cut. Not thread-safe.
class ResultStore {
 public:
  /// Opens for writing; makes the file or migrates an older one. IoError for a file that is
  /// no store or of a newer version.
  static Result<ResultStore> Open(const std::filesystem::path& file);

  /// NotFound if there is no file; IoError as Open, and for an older store that only `run`
  /// may migrate. Nothing is written.
  static Result<ResultStore> OpenReadOnly(const std::filesystem::path& file);

  /// As OpenReadOnly, without a trace on disk (OpenMode::kPeek): for completion.
  static Result<ResultStore> Peek(const std::filesystem::path& file);

  /// Adds the sweep and whatever of its runs is new; launching twice changes nothing. Runs of the
  /// sweep that a whole registration no longer names are kept and marked (in_plan = 0). A run that
  /// had succeeded before it became a member is marked as reused. InvalidArgument if a metric has
  /// the name of a parameter or of a fixed column.
  Status RegisterRuns(const Registration& registration);

  /// By id; unknown runs are left out. Of 10^5 ids well under a second.
  Result<std::map<std::string, RunStanding>> StandingOf(std::span<const std::string> ids) const;

  /// What is changed until it commits is changed at once, or not at all.
  Result<Transaction> Begin() { return Transaction::Begin(connection_); }

  /// Starts recording an attempt; the run is running from now on, unless it has succeeded: then it
  /// stays so, with its figures, until another attempt completes. NotFound if the run is unknown,
  /// InvalidArgument if an attempt of it is under way.
  Result<AttemptTicket> BeginAttempt(const std::string& run, const AttemptStart& start);

  /// Undoes BeginAttempt: no process was started for the attempt. InvalidArgument if one was.
  Status TakeBack(std::int64_t attempt);

  /// Notes which process carries an attempt out, and since when.
  Status RecordProcess(std::int64_t attempt, std::int64_t pid, std::int64_t process_start,
                       std::int64_t started_ms);

  /// Notes what the worker says it makes of its request: versions, CPU, threads (a JSON object).
  Status RecordProvenance(std::int64_t attempt, const std::string& provenance_json);

  /// All in one transaction. Columns of new final metrics appear when an attempt completes.
  Status AppendMeasurements(std::span<const std::pair<std::int64_t, Measurement>> by_attempt);

  /// In one transaction: the attempt's end, the run's state, its final metrics and test hits; if it
  /// succeeds, those that start from it are aborted no more. A run that had succeeded before keeps
  /// state, figures and budget, unless this attempt completes: then its figures are the run's.
  /// False, and nothing changed, if the attempt has already ended or is not its run's latest: a
  /// result is accepted exactly once.
  Result<bool> FinishAttempt(const AttemptEnd& end);

  /// Gives failed runs a fresh budget: pending, no attempts used. Others are left alone.
  Status Reopen(std::span<const std::string> runs);

  /// Puts runs into `state` that no attempt is under way of. One that has succeeded stays as it is.
  Status SetStates(std::span<const std::string> runs, RunState state);

  /// Notes that a run was carried out once more for comparison; nothing else of it changes.
  Status RecordVerification(const Verification& verification);

  Result<std::vector<OpenAttempt>> OpenAttempts() const;

  /// IoError if the file this was opened on is no longer the one at its path: what was recorded
  /// since is lost.
  Status CheckStillThere() const;

  /// For reads of results/ and the tools.
  const Connection& connection() const { return connection_; }

  /// When the file or its log was last written before it was opened for writing, in milliseconds
  /// since 1970: until then at least an orchestrator that died had lived. 0: it was new.
  std::int64_t written_before_ms() const { return written_before_ms_; }

 private:
  explicit ResultStore(Connection connection, std::int64_t written_before_ms = 0)
      : connection_(std::move(connection)), written_before_ms_(written_before_ms) {}

  Connection connection_;
  std::int64_t written_before_ms_;
};

}  // namespace sweepformer
