#include "model/checkpoints.h"

#include <ATen/Context.h>
#include <fmt/format.h>

#include <algorithm>

#include "model/description.h"
#include "model/platform.h"
#include "model/products.h"
#include "model/tensor_memory.h"

namespace sweepformer::model {
namespace {

/// Raised when what a checkpoint holds changes.
constexpr int kFormat = 3;

/// What must be equal for numbers to come out equal. What is empty may be absent.
std::map<std::string, std::string> IdentityOf(const std::string& run) {
  const Platform platform = DescribePlatform();
  const bool emulates = CurrentPrecision() == Precision::kEmulatedBfloat16;
  return {{"format", std::to_string(kFormat)},
          {"run", run},
          {"version", std::to_string(kModelVersion)},
          {"threads", std::to_string(platform.threads)},
          {"libtorch", platform.libtorch},
          {"blas", platform.blas},
          {"onednn", platform.onednn},
          {"cpu_capability", platform.cpu_capability},
          {"bfloat16", emulates ? "emulated" : ""}};
}

void VisitGenerator(StateArchive& archive, torch::Device device, const std::string& name) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  torch::Tensor state = generator.get_state();
  archive.Visit("generator." + name, state);
  if (archive.loading() && archive.status().ok()) generator.set_state(state);
}

void VisitModel(StateArchive& archive, RunState& state) {
  for (const auto& one : state.classifier->named_parameters()) {
    archive.Visit("model." + one.key(), one.value());
  }
  for (const auto& one : state.classifier->named_buffers()) {
    archive.Visit("model." + one.key(), one.value());
  }
  for (std::size_t layer = 0; layer < state.attention.size(); ++layer) {
    std::int64_t batches = state.attention[layer]->batches_since_draw();
    archive.Visit(fmt::format("batches_since_draw.{}", layer), batches);
    if (archive.loading()) state.attention[layer]->set_batches_since_draw(batches);
  }
}

/// All that training changes. What it allocates for a moment is none of the run's tensors.
void VisitState(StateArchive& archive, RunState& state) {
  const TensorMemory::Aside aside;
  VisitModel(archive, state);
  state.trainer.Visit(archive);
  state.best.Visit(archive);
  VisitGenerator(archive, torch::kCPU, "cpu");
  if (state.device.is_cuda()) VisitGenerator(archive, state.device, "cuda");
}

std::string PlaceOf(const TrainingPosition& position) {
  return fmt::format("step {} (epoch {})", position.steps, position.epoch);
}

}  // namespace

Checkpoints::Checkpoints(const CheckpointOptions& options, const std::string& run,
                         RunObserver& observer)
    : options_(options), identity_(IdentityOf(run)), observer_(observer) {
  if (options.folder.empty()) return;
  folder_.emplace(options.folder);
  std::vector<std::string> passed_over;
  found_ = folder_->FindLast(identity_, passed_over);
  for (const std::string& line : passed_over) observer_.OnNote(line);
}

double Checkpoints::cpu_seconds() const { return earlier_.cpu_seconds + ProcessCpuSeconds(); }

std::int64_t Checkpoints::peak_rss_bytes() const {
  return std::max(earlier_.peak_rss_bytes, PeakRssBytes());
}

void Checkpoints::VisitCost(StateArchive& archive) {
  Earlier cost{cpu_seconds(), peak_rss_bytes(), TensorMemory::peak_bytes()};
  archive.Visit("cpu_seconds", cost.cpu_seconds);
  archive.Visit("peak_rss_bytes", cost.peak_rss_bytes);
  archive.Visit("peak_tensor_bytes", cost.peak_tensor_bytes);
  if (archive.loading()) earlier_ = cost;
}

Status Checkpoints::Restore(RunState& state) {
  StateArchive archive(found_->state);
  VisitCost(archive);
  VisitState(archive, state);
  TensorMemory::RaisePeakTo(earlier_.peak_tensor_bytes);
  SF_TRY(archive.status().WithContext(
      fmt::format("{}: remove it to begin anew", folder_->last().string())));
  observer_.OnNote("went on from " + PlaceOf(state.trainer.position()));
  state.said.Visit(archive);
  found_.reset();
  return {};
}

void Checkpoints::Save(RunState& state) {
  const Stopwatch watch;
  StateArchive archive;
  for (auto [name, value] : identity_) archive.Visit(name, value);
  VisitCost(archive);
  VisitState(archive, state);
  state.said.Visit(archive);
  const Status written = folder_->Write(archive.file());
  if (!written.ok()) observer_.OnNote("no checkpoint was written: " + written.message());
  last_took_s_ = watch.seconds();
  since_last_ = Stopwatch();
}

Status Checkpoints::Stop(RunState& state) {
  if (folder_) Save(state);
  return Canceled("stopped on request at " + PlaceOf(state.trainer.position()));
}

Status Checkpoints::AfterStep(RunState& state) {
  if (observer_.StopAsked()) return Stop(state);
  if (folder_ && since_last_.seconds() > options_.longest_s) Save(state);
  return {};
}

Status Checkpoints::AfterEpoch(RunState& state) {
  if (observer_.StopAsked()) return Stop(state);
  if (folder_ && since_last_.seconds() * options_.most_share >= last_took_s_) Save(state);
  return {};
}

}  // namespace sweepformer::model
