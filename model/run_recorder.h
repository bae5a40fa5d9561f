#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/run.h"

// For the tests of whole runs.

namespace sweepformer::model::testing {

/// Writes down all that a run says, and asks it to stop where it is told to.
class RunRecorder final : public RunObserver {
 public:
  /// Asks to stop after the run has asked so many times; 0: never.
  explicit RunRecorder(int stop_after = 0) : stop_after_(stop_after) {}

  void OnConfig(const Parameters& resolved, std::string_view data) override;
  void OnHistory(const HistoryPoint& point) override;
  void OnFinalMetric(std::string_view name, double value) override;
  void OnTestHits(const std::vector<bool>& hits) override { test_hits = hits; }
  void OnLog(std::string_view line) override { log.emplace_back(line); }
  void OnNote(std::string_view line) override { notes.emplace_back(line); }
  bool StopAsked() override { return ++asked == stop_after_; }

  Parameters config;
  std::string data;
  std::map<std::string, std::vector<std::pair<std::int64_t, double>>> history;
  std::map<std::string, double> metrics;
  std::vector<bool> test_hits;
  std::vector<std::string> log;
  std::vector<std::string> notes;
  int asked = 0;  ///< times the run asked whether to stop

 private:
  int stop_after_;
};

/// A run of these parameters that neither keeps weights nor starts from any.
RunInput Plain(const Parameters& parameters, std::int64_t seed = 1);

/// Carried out to its end; requires that it succeeds.
RunRecorder RecordRun(const RunInput& input);
RunRecorder RecordRun(const Parameters& parameters, std::int64_t seed = 1);

/// The metrics that RunMetrics() calls reproducible.
std::map<std::string, double> ReproducibleMetrics(const RunRecorder& run);

}  // namespace sweepformer::model::testing
