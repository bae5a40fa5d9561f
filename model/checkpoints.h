#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/attention.h"
#include "model/best_weights.h"
#include "model/checkpoint_folder.h"
#include "model/stopwatch.h"
#include "model/trainer.h"
#include "model/transcript.h"

namespace sweepformer::model {

/// When checkpoints are written.
struct CheckpointOptions {
  std::filesystem::path folder;  ///< of the run; empty: none are written
  double longest_s = 60;         ///< from one to the next
  double most_share = 0.05;      ///< of the time since the last one to spend on that of an epoch
};

/// What a run holds while it trains.
struct RunState {
  Classifier& classifier;
  const std::vector<Attention>& attention;
  Trainer& trainer;
  BestWeights& best;
  Transcript& said;
  torch::Device device;
};

/// Writes down how far a run has come, and takes up what an earlier attempt wrote down: the run
/// then ends with the same weights and figures as one that was never disturbed, bit for bit, those
/// that RunMetrics() calls measured apart. Checkpoints of another run, version, number of threads,
/// LibTorch, BLAS, oneDNN, instruction set or kind of bfloat16 (emulated or not) are passed over,
/// and so are those that were cut or altered.
class Checkpoints {
 public:
  /// Looks for a checkpoint of `run`, in whose PrecisionScope it is made, and notes what is passed
  /// over.
  Checkpoints(const CheckpointOptions& options, const std::string& run, RunObserver& observer);

  bool found() const { return found_.has_value(); }

  /// Gives `state`, which is as new, what was found, and says the figures it had said.
  Status Restore(RunState& state);

  /// After a step or an epoch. Canceled, the state written down, if the observer wants to stop. A
  /// checkpoint that cannot be written is noted and done without.
  Status AfterStep(RunState& state);
  Status AfterEpoch(RunState& state);

  /// What the run has cost so far, earlier attempts included up to where this one went on.
  double cpu_seconds() const;
  std::int64_t peak_rss_bytes() const;

 private:
  /// What earlier attempts had used.
  struct Earlier {
    double cpu_seconds = 0;
    std::int64_t peak_rss_bytes = 0;
    std::int64_t peak_tensor_bytes = 0;
  };
  void VisitCost(StateArchive& archive);
  void Save(RunState& state);
  Status Stop(RunState& state);

  CheckpointOptions options_;
  std::map<std::string, std::string> identity_;
  RunObserver& observer_;
  std::optional<CheckpointFolder> folder_;
  std::optional<StoredState> found_;
  Stopwatch since_last_;
  double last_took_s_ = 0;
  Earlier earlier_;
};

}  // namespace sweepformer::model
