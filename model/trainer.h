#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "datasets/batches.h"
#include "datasets/encode.h"
#include "model/best_weights.h"
#include "model/classifier.h"
#include "model/optimizer.h"
#include "model/schedule.h"
#include "model/state_archive.h"
#include "orchestrator/core/status.h"

namespace sweepformer::model {

struct TrainingOptions {
  std::int64_t epochs = 4;
  std::int64_t batch_size = 32;
  double lr = 5e-4;            ///< the highest learning rate
  double weight_decay = 0.01;  ///< of the parameters optimizer.h names
  double clip_norm = 1.0;      ///< gradients are scaled down to this norm; 0: never
  ScheduleOptions schedule;
  std::int64_t seed = 0;  ///< decides the order of the samples and what dropout drops
  torch::Device device = torch::kCPU;
  BestBy best_by = BestBy::kAccuracy;  ///< which epoch's weights a run ends with
};

/// How one pass over the training samples went. Loss and accuracy are those of each batch as it was
/// trained on: dropout active, weights changing.
struct TrainingEpoch {
  double loss = 0;  ///< mean over the samples, nats
  double accuracy = 0;
  std::optional<double> auxiliary_loss;  ///< mean over the steps that had one, without its weight
};

/// What training has cost so far, evaluations apart.
struct TrainingCost {
  std::int64_t samples = 0;
  std::int64_t tokens = 0;         ///< real ones
  std::int64_t padded_tokens = 0;  ///< slots of all batches, padding included
  std::map<std::int64_t, std::int64_t> samples_by_length;  ///< by T, the length of their batch
  double seconds = 0;                                      ///< wall time

  double samples_per_second() const { return static_cast<double>(samples) / seconds; }
  double tokens_per_second() const { return static_cast<double>(tokens) / seconds; }
  double padding_share() const {
    return 1.0 - static_cast<double>(tokens) / static_cast<double>(padded_tokens);
  }
};

/// Where training stands. Beside it stand the weights, the optimizer's moments and torch's
/// generator: all that the next step depends on.
struct TrainingPosition {
  static constexpr double kNoLoss = std::numeric_limits<double>::quiet_NaN();

  std::int64_t epoch = 1;    ///< under way, or next
  std::int64_t batches = 0;  ///< of this epoch that are done
  std::int64_t steps = 0;    ///< taken in all epochs
  double loss_sum = 0;       ///< over the samples of this epoch so far
  std::int64_t hits = 0;
  double unreported_loss_sum = 0;  ///< over the steps since the last report
  std::int64_t unreported_steps = 0;
  double auxiliary_sum = 0;  ///< over the steps of this epoch that had an auxiliary loss
  std::int64_t auxiliary_steps = 0;
  double last_auxiliary_loss = kNoLoss;  ///< of the last epoch that is done; NaN if it had none
};

/// Told the mean loss of the steps since it was last told, and how many steps were taken in all.
using StepReport = std::function<void(std::int64_t steps, double loss)>;

/// Called after a step, when the trainer's state can be written down. A failure ends training.
using AfterStep = std::function<Status()>;

/// Trains a classifier with AdamW, one epoch at a time. The schedule is sized by
/// options.epochs times the batches an epoch has. The same options on the same number of threads
/// give the same weights, bit for bit, also where a trainer goes on from what another one wrote
/// down; what an epoch draws depends on the seed and the epoch alone.
class Trainer {
 public:
  /// Holds references to the model and the samples, which are not empty.
  Trainer(ClassifierImpl& model, const datasets::EncodedReviews& samples,
          const TrainingOptions& options);

  /// Carries out `epoch`, numbered from 1, or what is left of it; call it once for each in turn,
  /// from position().epoch on. Reports about kReportsPerEpoch times. InvalidArgument if the loss is
  /// no longer finite; errors as `after_step`.
  Result<TrainingEpoch> RunEpoch(std::int64_t epoch, const StepReport& report = {},
                                 const AfterStep& after_step = {});
  static constexpr std::int64_t kReportsPerEpoch = 10;

  /// What is to be said of a loss, met in `epoch`, that is no longer finite.
  Status Diverged(double loss, std::int64_t epoch) const;

  /// The position, the optimizer, the cost so far: what is not the model's own.
  void Visit(StateArchive& archive);

  const TrainingPosition& position() const { return position_; }
  const TrainingCost& cost() const { return cost_; }

  /// What the steps so far had to compute, forward, backward and optimizer.
  Work work() const;

 private:
  struct StepResult {
    double loss = 0;  // mean over the batch
    std::optional<double> auxiliary_loss;
    std::int64_t hits = 0;
  };
  Result<StepResult> Step(datasets::Batch& batch);
  void Update();
  void Count(const datasets::Batch& batch, const StepResult& step);
  double TakeUnreportedLoss();
  TrainingEpoch EndEpoch();

  ClassifierImpl& model_;
  const datasets::EncodedReviews& samples_;
  TrainingOptions options_;
  std::vector<torch::Tensor> parameters_;
  AdamW optimizer_;
  Schedule schedule_;
  TrainingPosition position_;
  TrainingCost cost_;
};

}  // namespace sweepformer::model
