#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "datasets/batches.h"
#include "datasets/encode.h"
#include "model/classifier.h"
#include "model/optimizer.h"
#include "model/schedule.h"
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
};

/// How one pass over the training samples went. Loss and accuracy are those of each batch as it was
/// trained on: dropout active, weights changing.
struct TrainingEpoch {
  double loss = 0;  ///< mean over the samples, nats
  double accuracy = 0;
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

/// Told the mean loss of the steps since it was last told, and how many steps were taken in all.
using StepReport = std::function<void(std::int64_t steps, double loss)>;

/// Trains a classifier with AdamW, one epoch at a time. The schedule is sized by
/// options.epochs times the batches an epoch has. The same options on the same number of threads
/// give the same weights, bit for bit; what an epoch draws depends on the seed and the epoch alone.
class Trainer {
 public:
  /// Holds references to the model and the samples, which are not empty.
  Trainer(ClassifierImpl& model, const datasets::EncodedReviews& samples,
          const TrainingOptions& options);

  /// Carries out `epoch`, numbered from 1; call it once for each in turn. Reports about
  /// kReportsPerEpoch times. InvalidArgument if the loss is no longer finite.
  Result<TrainingEpoch> RunEpoch(std::int64_t epoch, const StepReport& report = {});
  static constexpr std::int64_t kReportsPerEpoch = 10;

  const TrainingCost& cost() const { return cost_; }

  /// What the steps so far had to compute, forward, backward and optimizer.
  Work work() const;

 private:
  struct StepResult {
    double loss = 0;  // mean over the batch
    std::int64_t hits = 0;
  };
  Result<StepResult> Step(datasets::Batch& batch, std::int64_t epoch);
  void Update();

  ClassifierImpl& model_;
  const datasets::EncodedReviews& samples_;
  TrainingOptions options_;
  std::vector<torch::Tensor> parameters_;
  AdamW optimizer_;
  Schedule schedule_;
  std::int64_t steps_ = 0;
  TrainingCost cost_;
};

}  // namespace sweepformer::model
