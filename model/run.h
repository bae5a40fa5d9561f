#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer::model {

/// What a run is asked to do.
struct RunInput {
  Parameters parameters;  ///< those of RunParameters(); what is not given has its default
  std::int64_t seed = 0;  ///< decides initial weights, order of samples, dropout
  int threads = 1;
  std::filesystem::path data_folder;   ///< empty: none was named
  std::string run;                     ///< id its weights and checkpoints are marked with
  std::filesystem::path checkpoints;   ///< folder of its checkpoints; empty: none are written
  std::filesystem::path keep_weights;  ///< where to write the chosen weights; empty: nowhere
  std::filesystem::path init_from;     ///< weights to start from; empty: from scratch
  std::string parent;                  ///< the run init_from must be of; empty: of any
};

/// A figure of a run's history. The names of the splits are train, valid and test, of slices of the
/// test part by domain (slices.h) the domains.
struct HistoryPoint {
  std::string_view name;
  std::string_view split;
  /// The epoch; of step_loss the optimizer's step; both from 1. Of slices of the test part what
  /// they are by; of class_samples the label, from 0; of what attention tells of itself see
  /// DIAGNOSTICS.md.
  std::int64_t step = 0;
  double value = 0;
};

/// Hears what a run has to say, as it happens.
class RunObserver {
 public:
  virtual ~RunObserver() = default;

  /// Before any data are read: the parameters the run really uses, defaults filled in, inactive
  /// ones absent, and the fingerprint of the data it is about to read, empty if they are not there.
  virtual void OnConfig(const Parameters& resolved, std::string_view data) = 0;

  virtual void OnHistory(const HistoryPoint& point) = 0;

  /// One of RunMetrics().
  virtual void OnFinalMetric(std::string_view name, double value) = 0;

  /// Right or wrong, one per test item in the data's order.
  virtual void OnTestHits(const std::vector<bool>& hits) = 0;

  /// A line for whoever reads the log.
  virtual void OnLog(std::string_view line) = 0;

  /// A line that explains the run's figures: it belongs to the record of the attempt.
  virtual void OnNote(std::string_view line) { OnLog(line); }

  /// Asked after each training step: whether to write a checkpoint and end.
  virtual bool StopAsked() { return false; }
};

/// The parameters a run of these `parameters` really uses, as OnConfig tells them. InvalidArgument
/// for a parameter that is unknown, inactive, of the wrong type or out of range, or that does not
/// go with the others.
Result<Parameters> ResolveParameters(const Parameters& parameters);

/// What the data of a run are, or "" if they are not there: reading them will say so.
std::string FingerprintOf(const Parameters& parameters, const std::filesystem::path& data_folder);

/// Carries out a whole run in this process: reads the data, trains, keeps the weights of the epoch
/// that is best on validation, reads test once with them. With checkpoints it goes on where an
/// earlier attempt was when it wrote its last one (checkpoints.h). With init_from the weights that
/// fit (weights.h) replace the initial ones, all else stays as drawn, and the history begins with
/// the validation of epoch 0, before any training. Equal inputs give equal numbers, bit for bit,
/// those RunMetrics() calls measured apart. Canceled if the observer asked to stop. Errors as
/// ResolveParameters, datasets::Prepare, LoadWeights and Trainer::RunEpoch; LibTorch's exceptions
/// pass through. Sets the process's threads and counts its tensors, so carry out one run at a time.
Status CarryOut(const RunInput& input, RunObserver& observer);

}  // namespace sweepformer::model
