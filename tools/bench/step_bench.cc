// How fast training and inference go, and where a training step spends its time.
//
// Workload: `full`, `linformer` (64 slots) or any other design with its default parameters;
// d_model 128, 4 heads, 2 layers, d_ff 512, dropout 0.1, a vocabulary of 20,000 random words in
// batches of 32, every sample of exactly n tokens. Steps are the trainer's: batch, forward, loss,
// backward, clipping, AdamW. Prints one JSON object of medians over the steps after warm-up, beside
// them what the matrix products alone would let through (step_products.h); with --profile a table
// of LibTorch's operators and of our kernels by the time spent in each itself, of training steps
// and of batches in inference. step_bench.py compares the figures with PyTorch's.
#include <ATen/record_function.h>
#include <fmt/format.h>
#include <torch/utils.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "datasets/random.h"
#include "model/blas_kernel.h"
#include "model/evaluator.h"
#include "model/platform.h"
#include "model/run_options.h"
#include "model/stopwatch.h"
#include "model/tensor_memory.h"
#include "model/timings.h"
#include "tools/bench/step_products.h"

using namespace sweepformer;
using namespace sweepformer::model;
namespace po = boost::program_options;

namespace {

constexpr std::int64_t kVocabulary = 20'000;
constexpr std::int64_t kBatch = 32;
constexpr std::int64_t kWidth = 128, kInner = 512, kHeads = 4, kLayers = 2, kSlots = 64;
constexpr std::int64_t kWarmUp = 3;

// --- the profile ------------------------------------------------------------------------------

struct OperatorTime {
  double seconds = 0;
  std::int64_t calls = 0;
};
std::map<std::string, OperatorTime>& Profile() {
  static std::map<std::string, OperatorTime> profile;
  return profile;
}

/// One call of an operator, on a stack of those that called it.
struct CallContext : at::ObserverContext {
  Stopwatch watch;
  double of_callees = 0;
  CallContext* caller = nullptr;
};
thread_local CallContext* innermost = nullptr;

std::unique_ptr<at::ObserverContext> EnterCall(const at::RecordFunction&) {
  auto call = std::make_unique<CallContext>();
  call->caller = std::exchange(innermost, call.get());
  return call;
}

void LeaveCall(const at::RecordFunction& function, at::ObserverContext* context) {
  auto& call = static_cast<CallContext&>(*context);
  const double seconds = call.watch.seconds();
  OperatorTime& sum = Profile()[function.name()];
  sum.seconds += seconds - call.of_callees;
  ++sum.calls;
  innermost = call.caller;
  if (innermost != nullptr) innermost->of_callees += seconds;
}

/// Without what LibTorch wraps the name of a backward pass of ours in.
std::string ShortName(const std::string& name) {
  constexpr std::string_view kWrapper = "torch::autograd::CppNode<",
                             kSpace = "(anonymous namespace)::";
  if (!name.starts_with(kWrapper)) return name;
  const std::size_t space = name.rfind(kSpace);
  const std::size_t begin = space == name.npos ? kWrapper.size() : space + kSpace.size();
  return name.substr(begin, name.size() - begin - 1) + ", backward";
}

void StartProfile() {
  Profile().clear();
  at::addGlobalCallback(at::RecordFunctionCallback(&EnterCall, &LeaveCall)
                            .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION,
                                     at::RecordScope::USER_SCOPE}));
}

/// Ends it. A step is one of training, or a batch.
void PrintProfile(double seconds, double steps) {
  at::clearCallbacks();
  std::vector<std::pair<std::string, OperatorTime>> rows(Profile().begin(), Profile().end());
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  if (rows.size() > 30) rows.resize(30);
  fmt::print("{:<44}{:>8}{:>12}{:>14}\n", "operator", "share", "ms a step", "calls a step");
  for (const auto& [name, sum] : rows) {
    fmt::print("{:<44}{:>7.1f}%{:>12.2f}{:>14.1f}\n", ShortName(name), 100 * sum.seconds / seconds,
               1e3 * sum.seconds / steps, static_cast<double>(sum.calls) / steps);
  }
}

// --- the work ---------------------------------------------------------------------------------

struct Request {
  std::string design;
  std::int64_t tokens = 0;
  std::string precision;
  double dropout = 0;
  std::int64_t steps = 0;
  int threads = 1;
  bool profile = false;
};

datasets::EncodedReviews RandomSamples(std::int64_t samples, std::int64_t tokens) {
  datasets::Random random(1);
  datasets::EncodedReviews reviews;
  std::vector<std::int32_t> sequence(static_cast<std::size_t>(tokens));
  for (std::int64_t i = 0; i < samples; ++i) {
    for (auto& token : sequence) {
      token = static_cast<std::int32_t>(4 + random.Below(kVocabulary - 4));
    }
    reviews.Append(sequence, i % 2);
  }
  return reviews;
}

RunOptions OptionsFor(const Request& request) {
  Parameters parameters = {{"attention", request.design},
                           {"d_model", kWidth},
                           {"d_ff", kInner},
                           {"heads", kHeads},
                           {"layers", kLayers},
                           {"max_length", request.tokens},
                           {"dropout", request.dropout},
                           {"precision", request.precision},
                           {"batch_size", std::int64_t{kBatch}},
                           {"epochs", std::int64_t{1}}};
  if (request.design == "linformer") parameters["projected_length"] = kSlots;
  auto options = ReadRunOptions(parameters);
  if (!options.ok()) {
    fmt::print(stderr, "step_bench: {}\n", options.status().message());
    std::exit(2);
  }
  return std::move(*options);
}

/// Seconds of each step after the warm-up.
std::vector<double> TimeTraining(const Request& request, const RunOptions& options, Model& model) {
  const auto samples = RandomSamples((kWarmUp + request.steps) * kBatch, request.tokens);
  Trainer trainer(*model.classifier, samples, options.training);
  std::vector<double> seconds;
  double before = 0;
  std::int64_t step = 0;
  const auto after_step = [&]() -> Status {
    if (++step > kWarmUp) seconds.push_back(trainer.cost().seconds - before);
    before = trainer.cost().seconds;
    if (step == kWarmUp && request.profile) StartProfile();
    return {};
  };
  const auto done = trainer.RunEpoch(1, {}, after_step);
  if (!done.ok()) {
    fmt::print(stderr, "step_bench: {}\n", done.status().message());
    std::exit(1);
  }
  return seconds;
}

void ProfileInference(const Request& request, Model& model) {
  constexpr std::int64_t kBatches = 8;
  const auto samples = RandomSamples(kBatches * kEvaluationBatch, request.tokens);
  Evaluate(*model.classifier, samples);  // warms up
  StartProfile();
  const Evaluation evaluation = Evaluate(*model.classifier, samples);
  fmt::print("\n");
  PrintProfile(evaluation.seconds, kBatches);
}

Request ReadArguments(int argc, char** argv) {
  Request request;
  po::options_description all;
  auto add = all.add_options();
  add("design", po::value(&request.design)->default_value("linformer"), "");
  add("tokens", po::value(&request.tokens)->default_value(256), "");
  add("precision", po::value(&request.precision)->default_value("float32"), "");
  add("dropout", po::value(&request.dropout)->default_value(0.1), "");
  add("steps", po::value(&request.steps)->default_value(10), "");
  add("threads", po::value(&request.threads)->default_value(1), "");
  add("profile", po::bool_switch(&request.profile), "");
  po::positional_options_description places;
  places.add("design", 1).add("tokens", 1);
  po::variables_map values;
  po::store(po::command_line_parser(argc, argv).options(all).positional(places).run(), values);
  po::notify(values);
  return request;
}

}  // namespace

int main(int argc, char** argv) {
  UseFittingBlasKernel(argv);
  const Request request = ReadArguments(argc, argv);
  SetThreads(request.threads);
  KeepFreedMemory();
  TensorMemory::Install();
  const double loaded = static_cast<double>(PeakRssBytes());
  const RunOptions options = OptionsFor(request);
  const PrecisionScope precision(options.model.precision);
  Model model = BuildModel(options.model, kVocabulary, /*classes=*/2, /*seed=*/1);
  const std::vector<double> training = TimeTraining(request, options, model);
  if (request.profile) {
    PrintProfile(std::accumulate(training.begin(), training.end(), 0.0),
                 static_cast<double>(training.size()));
    ProfileInference(request, model);
    return 0;
  }
  const double training_peak = static_cast<double>(PeakRssBytes());
  const std::int64_t training_tensor_peak = TensorMemory::peak_bytes();
  const bool comparable = options.model.precision == Precision::kFloat32;
  const double products = comparable
                              ? bench::SecondsOfProducts({request.design, kBatch, request.tokens,
                                                          kSlots, kLayers, kWidth, kInner, kHeads})
                              : 0;
  const auto samples =
      RandomSamples(kBatch * std::max<std::int64_t>(request.steps, 4), request.tokens);
  std::vector<double> inference;
  for (int round = 0; round < 4; ++round) {
    inference.push_back(Evaluate(*model.classifier, samples).samples_per_second());
  }
  inference.erase(inference.begin());
  fmt::print(
      "{{\"train_samples_per_second\": {:.3f}, \"infer_samples_per_second\": {:.3f}, "
      "\"train_peak_rss_bytes\": {:.0f}, \"loaded_rss_bytes\": {:.0f}, "
      "\"train_peak_tensor_bytes\": {}, \"products_samples_per_second\": {:.3f}}}\n",
      static_cast<double>(kBatch) / SpreadOf(training).median, SpreadOf(inference).median,
      training_peak, loaded, training_tensor_peak, products > 0 ? kBatch / products : 0.0);
}
