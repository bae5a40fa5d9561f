#pragma once

#include <string>
#include <vector>

#include "orchestrator/core/testing.h"
#include "results/store.h"

/// What the tests of this folder share.
namespace sweepformer::testing {

inline SweepMember Member(Parameters parameters, std::int64_t seed, std::string label = "") {
  RunContent content;
  content.parameters = std::move(parameters);
  content.seed = seed;
  content.worker_version = "1";
  return {RunConfig(content), std::move(label)};
}

inline MetricSpec Metric(std::string name, std::string unit = "", bool reproducible = true) {
  MetricSpec metric;
  metric.name = std::move(name);
  metric.unit = std::move(unit);
  metric.reproducible = reproducible;
  return metric;
}

/// A sweep named "demo" over `attention`, with the metric `accuracy`.
inline Registration SweepOf(std::vector<SweepMember> runs) {
  Registration registration;
  registration.sweep = "demo";
  registration.worker = "toy";
  registration.worker_version = "1";
  registration.parameters = {"attention"};
  registration.metrics = {Metric("accuracy")};
  registration.runs = std::move(runs);
  return registration;
}

inline AttemptEnd Completed(std::int64_t attempt,
                            std::map<std::string, double, NameLess> metrics = {}) {
  AttemptEnd end;
  end.key = attempt;
  end.outcome = Outcome::kCompleted;
  end.next_state = RunState::kSucceeded;
  end.ended_ms = 2000;
  end.exit_code = 0;
  end.final_metrics = std::move(metrics);
  return end;
}

inline AttemptEnd Ended(std::int64_t attempt, Outcome outcome, RunState next_state,
                        std::string error) {
  AttemptEnd end;
  end.key = attempt;
  end.outcome = outcome;
  end.next_state = next_state;
  end.ended_ms = 2000;
  end.error = std::move(error);
  return end;
}

inline AttemptStart Start(std::string host = "here") {
  AttemptStart start;
  start.host = std::move(host);
  start.boot_id = "boot";
  start.resources_json = R"({"cpus":1})";
  start.log_folder = "store.runs/ab";
  start.started_ms = 1000;
  return start;
}

/// Begins an attempt of a run that is known and idle.
inline std::int64_t Begin(ResultStore& store, const SweepMember& member,
                          std::string host = "here") {
  return store.BeginAttempt(member.config.id(), Start(std::move(host))).value().key;
}

/// A whole attempt that succeeds with these figures.
inline void Succeed(ResultStore& store, const SweepMember& member,
                    std::map<std::string, double, NameLess> metrics) {
  (void)store.FinishAttempt(Completed(Begin(store, member), std::move(metrics)));
}

/// Every row of `sql`, columns separated by '|', as the sqlite3 shell prints them.
inline std::vector<std::string> Rows(const Connection& connection, const std::string& sql) {
  std::vector<std::string> rows;
  Statement statement = connection.Prepare(sql).value();
  while (statement.Step().value()) {
    std::string row;
    for (int i = 0; i < statement.column_count(); ++i) {
      row += (i > 0 ? "|" : "") + FormatValue(statement.Column(i));
    }
    rows.push_back(row);
  }
  return rows;
}

/// Column names of `sql`, separated by spaces.
inline std::string ColumnNames(const Connection& connection, const std::string& sql) {
  const Statement statement = connection.Prepare(sql).value();
  std::string names;
  for (int i = 0; i < statement.column_count(); ++i) {
    names += (i > 0 ? " " : "") + statement.column_name(i);
  }
  return names;
}

}  // namespace sweepformer::testing
