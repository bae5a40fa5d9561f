#include "tools/bench/scaling/sublayer.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <vector>

#include "model/attention.h"
#include "model/backward.h"
#include "model/machine_rates.h"
#include "model/platform.h"
#include "model/run_options.h"
#include "model/stopwatch.h"
#include "model/tensor_memory.h"
#include "model/timings.h"

namespace sweepformer::bench {
namespace {

using namespace sweepformer::model;

constexpr std::int64_t kWidth = 128;

/// A pass that takes longer needs no warm-up.
constexpr double kLongPassSeconds = 2;

/// A pass with less of its CPUs was disturbed.
constexpr double kUndisturbedShare = 0.95;

/// Passes over so many times what was asked for, and none undisturbed: that has to do.
constexpr double kPatience = 4;

struct Pass {
  double seconds = 0;
  double cpu_share = 0;
};

Pass Time(const std::function<void()>& work) {
  const double before = ProcessCpuSeconds();
  const Stopwatch watch;
  work();
  const double seconds = watch.seconds();
  return {seconds, (ProcessCpuSeconds() - before) / seconds / at::get_num_threads()};
}

/// Those that were not disturbed; all if there are none.
std::vector<Pass> Undisturbed(const std::vector<Pass>& passes) {
  std::vector<Pass> found;
  for (const Pass& pass : passes) {
    if (pass.cpu_share >= kUndisturbedShare) found.push_back(pass);
  }
  return found.empty() ? passes : found;
}

/// The median time by token of passes that count.
PassCost CostOf(const std::vector<Pass>& passes, double tokens) {
  std::vector<double> seconds;
  PassCost cost;
  for (const Pass& pass : passes) {
    seconds.push_back(pass.seconds);
    cost.cpu_share = std::min(cost.cpu_share, pass.cpu_share);
  }
  cost.microseconds = 1e6 * SpreadOf(seconds).median / tokens;
  return cost;
}

Attention MakeSublayer(const SublayerOptions& options) {
  Parameters parameters = options.parameters;
  parameters["attention"] = options.attention;
  parameters["d_model"] = kWidth;
  parameters["max_length"] = options.tokens;
  parameters["dropout"] = 0.0;
  const auto read = ReadRunOptions(parameters);
  if (!read.ok()) {
    fmt::print(stderr, "{}: {}\n", options.attention, read.status().message());
    std::exit(2);
  }
  torch::manual_seed(1);
  Attention sublayer = read->model.attention({});
  sublayer->reset_parameters();
  return sublayer;
}

const MachineRates& Rates() {
  static const MachineRates rates = MeasureRates();
  return rates;
}

}  // namespace

struct Sublayer::Parts {
  std::int64_t tokens;
  std::int64_t samples;
  Attention attention;
  torch::Tensor x;

  double all_tokens() const { return static_cast<double>(tokens * samples); }

  /// Passes over at least `seconds`, the first of which warms up.
  PassCost Measure(double seconds, const std::function<void()>& work) {
    std::vector<Pass> passes;
    double bytes = 0;
    const auto pass = [&] {
      const std::int64_t before = TensorMemory::live_bytes();
      TensorMemory::ResetPeak();
      passes.push_back(Time(work));
      bytes = static_cast<double>(TensorMemory::peak_bytes() - before);
    };
    const Stopwatch all;
    pass();
    if (passes.front().seconds < kLongPassSeconds) passes.clear();
    const auto is_enough = [&] {
      if (passes.empty()) return false;
      const bool is_clean = Undisturbed(passes).front().cpu_share >= kUndisturbedShare;
      return all.seconds() >= (is_clean ? 1 : kPatience) * seconds;
    };
    while (!is_enough()) pass();
    PassCost cost = CostOf(Undisturbed(passes), all_tokens());
    cost.bytes = bytes / all_tokens();
    return cost;
  }
};

Sublayer::Sublayer(const SublayerOptions& options)
    : parts_(std::make_unique<Parts>(Parts{options.tokens, options.batch_tokens / options.tokens,
                                           MakeSublayer(options), torch::Tensor()})) {}

Sublayer::~Sublayer() = default;

ClosedForms Sublayer::closed_forms() const {
  const auto tokens = static_cast<double>(parts_->tokens);
  const Work forward = parts_->attention->ForwardWork(parts_->tokens);
  const Held held = parts_->attention->HeldBy(parts_->tokens);
  return {forward.flops / tokens, 1e6 * Rates().SecondsFor(forward) / tokens,
          1e6 * Rates().SecondsFor(TrainingWork(forward)) / tokens,
          4 * (held.kept + held.backward) / tokens};
}

PassCost Sublayer::Forward(double seconds) {
  const torch::NoGradGuard no_grad;
  parts_->attention->eval();
  parts_->x = torch::randn({parts_->samples, parts_->tokens, kWidth});
  return parts_->Measure(seconds, [&] { parts_->attention->forward(parts_->x, {}); });
}

PassCost Sublayer::ForwardAndBackward(double seconds) {
  parts_->attention->train();
  parts_->x = torch::randn({parts_->samples, parts_->tokens, kWidth}).requires_grad_();
  const torch::Tensor gradient = torch::ones_like(parts_->x);
  parts_->x.mutable_grad() = torch::zeros_like(gradient);
  for (torch::Tensor& parameter : parts_->attention->parameters()) {
    if (parameter.requires_grad()) parameter.mutable_grad() = torch::zeros_like(parameter);
  }
  return parts_->Measure(seconds, [&] {
    const torch::Tensor out = parts_->attention->forward(parts_->x, {});
    Backward(out, gradient, parts_->attention->auxiliary_loss());
  });
}

void PrepareLibTorch(int threads) {
  SetThreads(threads);
  KeepFreedMemory();
  TensorMemory::Install();
}

}  // namespace sweepformer::bench
