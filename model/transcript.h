#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/run.h"
#include "model/state_archive.h"

namespace sweepformer::model {

/// Passes on what a run says and remembers its figures, so that an attempt that goes on with the
/// work of an earlier one can say them as its own: the history of each attempt is whole.
class Transcript final : public RunObserver {
 public:
  explicit Transcript(RunObserver& listener) : listener_(listener) {}

  void OnConfig(const Parameters& resolved, std::string_view data) override {
    listener_.OnConfig(resolved, data);
  }
  void OnHistory(const HistoryPoint& point) override;
  void OnFinalMetric(std::string_view name, double value) override;
  void OnTestHits(const std::vector<bool>& hits) override { listener_.OnTestHits(hits); }
  void OnLog(std::string_view line) override { listener_.OnLog(line); }
  void OnNote(std::string_view line) override { listener_.OnNote(line); }
  bool StopAsked() override { return listener_.StopAsked(); }

  /// All figures said so far. Loading, they are said.
  void Visit(StateArchive& archive);

 private:
  void Say(const std::string& figures);

  RunObserver& listener_;
  std::string
      figures_;  ///< a line each: name, split, step, value; "-" for split and step of finals
};

}  // namespace sweepformer::model
