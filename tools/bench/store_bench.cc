// What the store's layout costs at the size it must serve: registration, the views and a
// comparison, with the rival layout - one row per value, pivoted by the view - in the same run;
// what `status` reads where three sweeps of that size share a store; and what a launch writes of
// attempts.
//
//   store_bench [RUNS]      (default 100000; 30 parameters, 20 metrics, 5 seeds to a cell)
//   store_bench RUNS FILE   makes such a store to try commands on, and measures nothing
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "results/comparison.h"
#include "results/store.h"
#include "results/sweeps.h"
#include "tools/bench/rows.h"

namespace sweepformer {
namespace {

constexpr int kParameters = 30;
constexpr int kMetrics = 20;
constexpr int kSeeds = 5;
constexpr int kSweeps = 3;   // of the store that `status` is asked of
constexpr int kRepeats = 3;  // of what can be repeated

std::string ParameterName(int i) { return fmt::format("parameter_{}", i); }
std::string MetricName(int i) { return fmt::format("metric_{}", i); }

/// A figure that differs from run to run and metric to metric.
double Figure(std::int64_t run, int metric) {
  return 0.5 + static_cast<double>((run * 7919 + metric * 104729) % 10007) / 1e5;
}

/// So many runs, the first of them in cell `first` / kSeeds.
Registration MakeRegistration(int runs, const std::string& sweep = "bench", int first = 0) {
  Registration registration;
  registration.sweep = sweep;
  for (int i = 0; i < kParameters; ++i) registration.parameters.push_back(ParameterName(i));
  for (int i = 0; i < kMetrics; ++i) {
    MetricSpec metric;
    metric.name = MetricName(i);
    registration.metrics.push_back(metric);
  }
  for (int run = 0; run < runs; ++run) {
    RunContent content;
    content.seed = run % kSeeds;
    const std::int64_t cell = (first + run) / kSeeds;
    for (int i = 0; i < kParameters; ++i) {
      content.parameters[ParameterName(i)] = i == 0 ? cell : (cell >> i) % 4;
    }
    registration.runs.push_back({RunConfig(content), ""});
  }
  return registration;
}

/// Seconds of CPU of each of `repeats` times, sorted: they depend little on what else the machine
/// is doing.
std::vector<double> Seconds(const std::function<void()>& work, int repeats = kRepeats) {
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const std::clock_t begin = std::clock();
    work();
    seconds.push_back(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

void Must(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "store_bench: {}\n", status.message());
  std::exit(1);
}

/// Fills in results directly: the bench is of reads, and one transaction per attempt is the disk's
/// business.
void FillResults(Connection& connection, int runs) {
  std::string sets;
  for (int i = 0; i < kMetrics; ++i) {
    sets += fmt::format(", \"m_{}\" = ?", MetricName(i));
  }
  auto transaction = Transaction::Begin(connection);
  Must(transaction.status());
  Statement update =
      connection
          .Prepare(fmt::format("UPDATE run SET state = 'succeeded'{} WHERE run_key = ?", sets))
          .value();
  for (std::int64_t run = 0; run < runs; ++run) {
    for (int i = 0; i < kMetrics; ++i) update.Bind(i + 1, Figure(run, i));
    Must(update.Bind(kMetrics + 1, run + 1).Run());
  }
  Must(transaction->Commit());
}

/// The rival: the same figures as name and value, pivoted by its view.
void MakeRival(Connection& connection, int runs) {
  Must(connection.Execute(
      "CREATE TABLE rival(run_key INTEGER, name TEXT, value, PRIMARY KEY(run_key, name)) "
      "WITHOUT ROWID"));
  auto transaction = Transaction::Begin(connection);
  Must(transaction.status());
  Statement insert = connection.Prepare("INSERT INTO rival VALUES (?, ?, ?)").value();
  for (std::int64_t run = 0; run < runs; ++run) {
    const std::int64_t cell = run / kSeeds;
    for (int i = 0; i < kParameters; ++i) {
      Must(insert.BindAll(run + 1, ParameterName(i), i == 0 ? cell : (cell >> i) % 4).Run());
    }
    for (int i = 0; i < kMetrics; ++i) {
      Must(insert.BindAll(run + 1, MetricName(i), Figure(run, i)).Run());
    }
  }
  Must(transaction->Commit());
  std::string columns;
  const auto add = [&](const std::string& name) {
    columns += fmt::format(", max(iif(name = '{0}', value, NULL)) AS {0}", name);
  };
  for (int i = 0; i < kParameters; ++i) add(ParameterName(i));
  for (int i = 0; i < kMetrics; ++i) add(MetricName(i));
  Must(connection.Execute(fmt::format(
      "CREATE VIEW rival_runs AS SELECT run_key{} FROM rival GROUP BY run_key", columns)));
}

/// Reads every column of every row.
void ReadAll(const Connection& connection, const std::string& sql) {
  Statement statement = connection.Prepare(sql).value();
  std::size_t bytes = 0;
  while (statement.Step().value()) {
    for (int i = 0; i < statement.column_count(); ++i) {
      bytes += static_cast<std::size_t>(sqlite3_column_bytes(statement.handle(), i));
    }
  }
  if (bytes == 0) Must(Internal("nothing was read: " + sql));
}

double Median(const std::vector<double>& sorted) { return sorted[sorted.size() / 2]; }

std::string Show(const std::vector<double>& sorted) {
  if (sorted.size() == 1) return fmt::format("{:.2f}", 1e3 * sorted.front());
  return fmt::format("{:.2f} ({:.2f} - {:.2f})", 1e3 * Median(sorted), 1e3 * sorted.front(),
                     1e3 * sorted.back());
}

void Report(const char* what, const std::vector<double>& ours,
            const std::vector<double>& rival = {}, const std::string& target = "") {
  fmt::print("{:<28}{:>30}", what, Show(ours));
  bench::Row row{fmt::format("store: {}", what), "ms CPU", 1e3 * Median(ours), {}, "pivot", target};
  if (!rival.empty()) {
    row.rival = 1e3 * Median(rival);
    fmt::print("{:>32}{:>14.1f}", Show(rival), Median(rival) / Median(ours));
  }
  fmt::print("\n");
  std::fflush(stdout);
  bench::AppendRow("store_bench", row);
}

void Bench(const std::filesystem::path& file, int runs) {
  const Registration registration = MakeRegistration(runs);
  ResultStore store = ResultStore::Open(file).value();
  Connection writer = Connection::Open(file, OpenMode::kCreate).value();
  fmt::print(
      "{} runs x {} parameters x {} metrics; ms of CPU, median (least - most) of {}, register "
      "once\n"
      "{:<28}{:>30}{:>32}{:>14}\n",
      runs, kParameters, kMetrics, kRepeats, "", "wide", "pivot", "pivot / wide");
  Report("register", Seconds([&] { Must(store.RegisterRuns(registration)); }, 1));
  Report("register again", Seconds([&] { Must(store.RegisterRuns(registration)); }));
  std::vector<std::string> ids;
  for (const SweepMember& member : registration.runs) ids.push_back(member.config.id());
  Report("standing of every run", Seconds([&] { Must(store.StandingOf(ids).status()); }));
  FillResults(writer, runs);
  MakeRival(writer, runs);
  const auto read = [&](const std::string& sql) {
    return Seconds([&] { ReadAll(store.connection(), sql); });
  };
  Report("all of runs", read("SELECT * FROM runs"), read("SELECT * FROM rival_runs"));
  Report("mean by two parameters",
         read("SELECT parameter_1, parameter_2, avg(metric_3) FROM runs GROUP BY 1, 2"),
         read("SELECT parameter_1, parameter_2, avg(metric_3) FROM rival_runs GROUP BY 1, 2"));
  Report("one run by id", read(fmt::format("SELECT * FROM runs WHERE id = '{}'", ids.front())));
  Report("all of cells", read("SELECT * FROM cells"));
  Report("compare two metrics by two", Seconds([&] {
           const ComparisonRequest request{.sweep = "bench",
                                           .by = {ParameterName(1), ParameterName(2)},
                                           .metrics = {MetricName(3), MetricName(4)},
                                           .baseline = "parameter_1 = 0"};
           Must(Compare(store.connection(), request).status());
         }));
  Report("one metric of cells", read("SELECT cell, metric_3_mean, metric_3_sd FROM cells"));
}

/// An attempt of every run, one after the other; one in a thousand failed.
void FillAttempts(Connection& connection) {
  Must(connection.Execute(
      "BEGIN; UPDATE run SET state = iif(run_key % 1000, 'succeeded', 'failed'); "
      "INSERT INTO attempt(run_key, number, executor, host, boot_id, resources_json, log_path, "
      "started_ms, ended_ms, outcome, counts, error) SELECT run_key, 1, 'local', 'here', '', '{}', "
      "'', run_key, run_key + 1, iif(state = 'failed', 'failed', 'completed'), 1, "
      "iif(state = 'failed', 'exit code 1', NULL) FROM run; COMMIT"));
}

/// What `status` asks the store, of the sweep whose attempts are the oldest and of all.
void BenchStatus(const std::filesystem::path& file, int runs) {
  ResultStore store = ResultStore::Open(file).value();
  for (int i = 0; i < kSweeps; ++i) {
    Must(store.RegisterRuns(MakeRegistration(runs, fmt::format("sweep-{}", i), i * runs)));
  }
  Connection writer = Connection::Open(file, OpenMode::kCreate).value();
  FillAttempts(writer);
  const Connection& connection = store.connection();
  const Sweep oldest = FindSweep(connection, "sweep-0").value();
  const std::vector<Sweep> sweeps = ListSweeps(connection).value();
  const auto ask = [&](const Sweep& sweep) { Must(ProgressOf(connection, sweep).status()); };
  Report("status of the oldest of three", Seconds([&] { ask(oldest); }), {}, "<= 50");
  Report("status of three sweeps", Seconds([&] {
           for (const Sweep& sweep : sweeps) ask(sweep);
         }),
         {}, "<= 50");
}

/// What a launch writes of a sweep of trivial runs: one run's end and process and the start of the
/// next in a transaction.
void BenchAttempts(const std::filesystem::path& file, int runs) {
  ResultStore store = ResultStore::Open(file).value();
  Must(store.RegisterRuns(MakeRegistration(runs)));
  AttemptStart start;
  start.host = "here";
  start.boot_id = "0f4c3fa8-9d0a-4b2c-8d3c-0c3f7f1f8a11";
  start.resources_json = R"({"cpus":1.0,"slots":1.0,"threads":1})";
  start.log_folder = "/somewhere/overhead.db.runs/ab/abcdefghijkl";
  const auto between = [&](std::int64_t key, const SweepMember& next) {
    Transaction transaction = store.Begin().value();
    if (key != 0) {
      AttemptEnd end;
      end.key = key;
      end.next_state = RunState::kSucceeded;
      end.ended_ms = start.started_ms + 1;
      Must(store.FinishAttempt(end).status());
    }
    const std::int64_t begun = store.BeginAttempt(next.config.id(), start).value().key;
    if (key != 0) Must(store.RecordProcess(key, 4711, 1'000'000, start.started_ms));
    Must(transaction.Commit());
    return begun;
  };
  const auto members = MakeRegistration(runs).runs;
  Report("an attempt of every run", Seconds(
                                        [&] {
                                          std::int64_t key = 0;
                                          for (const SweepMember& next : members)
                                            key = between(key, next);
                                        },
                                        1));
}

/// A store of finished runs.
void Make(const std::filesystem::path& file, int runs) {
  ResultStore store = ResultStore::Open(file).value();
  Must(store.RegisterRuns(MakeRegistration(runs)));
  Connection writer = Connection::Open(file, OpenMode::kCreate).value();
  FillResults(writer, runs);
}

}  // namespace
}  // namespace sweepformer

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 100'000;
  if (argc > 2) return sweepformer::Make(argv[2], runs), 0;
  const auto file = std::filesystem::temp_directory_path() /
                    fmt::format("sweepformer-store-bench-{}.db", getpid());
  const auto sweeps_file = file.string() + ".sweeps.db";
  const auto attempts_file = file.string() + ".attempts.db";
  sweepformer::Bench(file, runs);
  sweepformer::BenchStatus(sweeps_file, runs);
  sweepformer::BenchAttempts(attempts_file, runs);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(file.string() + suffix);
    std::filesystem::remove(sweeps_file + suffix);
    std::filesystem::remove(attempts_file + suffix);
  }
}
