// The training kernels of model/kernels against LibTorch's operators, one thread.
//
// Workload: what a training step at n = 256 does in one layer (batch 32, d_model 128, 4 heads, d_ff
// 512, dropout 0.1): each forward and backward; the optimizer on an embedding table of 20,000
// words. The products are those of the feed-forward sublayer and of a weight's gradient, for which
// LibTorch's BLAS is kept. Both sides run in turn, each first in every other of 15 rounds after a
// warm-up; the ratio is of times.
#include <fmt/format.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adamw.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "model/blas_kernel.h"
#include "model/blocked_attention.h"
#include "model/kernels/dropout.h"
#include "model/kernels/elementwise.h"
#include "model/kernels/feed_forward.h"
#include "model/kernels/linear_product.h"
#include "model/optimizer.h"
#include "model/platform.h"
#include "model/stopwatch.h"
#include "model/timings.h"
#include "tools/bench/rows.h"

using namespace sweepformer;
using namespace sweepformer::model;

namespace {

constexpr int kRounds = 15;
constexpr double kDropout = 0.1;
constexpr std::int64_t kRows = 32 * 256, kWidth = 128, kInner = 512;

using Pass = std::function<void()>;

double Seconds(const Pass& pass) {
  const Stopwatch watch;
  pass();
  return watch.seconds();
}

/// Times both in turn and tells the ratio of each pair.
void Compare(const std::string& what, const Pass& ours, const Pass& theirs) {
  ours(), theirs();
  std::vector<double> mine, rival, ratios;
  for (int round = 0; round < kRounds; ++round) {
    double a = 0, b = 0;
    if (round % 2 == 1) b = Seconds(theirs);
    a = Seconds(ours);
    if (round % 2 == 0) b = Seconds(theirs);
    mine.push_back(a), rival.push_back(b), ratios.push_back(a / b);
  }
  const double of_mine = SpreadOf(mine).median, of_rival = SpreadOf(rival).median;
  const Spread ratio = SpreadOf(ratios);
  fmt::print("{:<44}{:>10.2f}{:>10.2f}{:>8.2f} ({:.2f})\n", what, 1e3 * of_mine, 1e3 * of_rival,
             ratio.median, ratio.iqr);
  bench::AppendRow("kernels", {.what = what,
                               .unit = "ms",
                               .ours = 1e3 * of_mine,
                               .rival = 1e3 * of_rival,
                               .rival_name = "LibTorch",
                               .target = ""});
}

torch::Tensor Leaf(at::IntArrayRef shape) { return torch::randn(shape).requires_grad_(); }

void CompareElementwise() {
  const torch::Tensor x = Leaf({kRows, kInner}), g = torch::randn({kRows, kInner}),
                      bias = Leaf({kInner});
  Compare(
      "dropout, 8192 x 512", [&] { Dropout(x, kDropout).backward(g); },
      [&] { torch::dropout(x, kDropout, true).backward(g); });
  // Both get numbers of their own, as a product's result is; GeluDropout uses them up.
  Compare(
      "bias, GELU and dropout, 8192 x 512",
      [&] { GeluDropout(x.detach().clone().requires_grad_(), bias, kDropout).backward(g); },
      [&] {
        torch::dropout(torch::gelu(x.detach().clone().requires_grad_() + bias), kDropout, true)
            .backward(g);
      });
  const torch::Tensor y = Leaf({kRows, kWidth}), z = Leaf({kRows, kWidth}), b = Leaf({kWidth}),
                      h = torch::randn({kRows, kWidth});
  Compare(
      "bias, dropout and residual sum, 8192 x 128",
      [&] { AddDropped(y, z, b, kDropout).backward(h); },
      [&] { (y + torch::dropout(z + b, kDropout, true)).backward(h); });
}

/// From the norm to the residual sum.
void CompareFeedForward() {
  const torch::Tensor x = Leaf({kRows, kWidth}), g = torch::randn({kRows, kWidth});
  const FeedForwardWeights w{Leaf({kInner, kWidth}), Leaf({kInner}), Leaf({kWidth, kInner}),
                             Leaf({kWidth})};
  const torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({kWidth}));
  Compare(
      "feed-forward sublayer, 8192 x 128 to 512",
      [&] { FeedForward(x, norm, w, kDropout, torch::kFloat).backward(g); },
      [&] {
        const torch::Tensor in = torch::layer_norm(x, {kWidth}, norm->weight, norm->bias),
                            inner = torch::gelu(torch::linear(in, w.inner, w.inner_bias)),
                            kept = torch::dropout(inner, kDropout, true),
                            out = torch::linear(kept, w.outer, w.outer_bias);
        (x + torch::dropout(out, kDropout, true)).backward(g);
      });
}

void CompareAttention(std::int64_t keys) {
  const torch::Tensor q = Leaf({32, 256, 4, 32}), k = Leaf({32, keys, 4, 32}),
                      v = Leaf({32, keys, 4, 32}), g = torch::randn({32, 4, 256, 32});
  const auto heads = [](const torch::Tensor& x) { return x.transpose(1, 2); };
  // As everyone writes it.
  const auto plain = [&] {
    const torch::Tensor scores =
        torch::matmul(heads(q), heads(k).transpose(-2, -1)) / std::sqrt(32.0);
    torch::matmul(torch::dropout(scores.softmax(-1), kDropout, true), heads(v)).backward(g);
  };
  Compare(
      fmt::format("attention core, 256 queries, {} keys", keys),
      [&] { BlockedAttention(heads(q), heads(k), heads(v), {}, kDropout).backward(g); }, plain);
}

void CompareProducts() {
  const torch::Tensor x = Leaf({kRows, kWidth}), w = Leaf({kInner, kWidth}),
                      g = torch::randn({kRows, kInner});
  Compare(
      "linear, 128 to 512, forward and backward", [&] { FastLinear(x, w, {}).backward(g); },
      [&] { torch::linear(x, w).backward(g); });
}

void CompareOptimizer() {
  const auto table = [] {
    torch::nn::Linear all(torch::nn::LinearOptions(kWidth, 20'000).bias(false));
    all->weight.mutable_grad() = torch::randn({20'000, kWidth});
    return all;
  };
  torch::nn::Linear mine = table(), theirs = table();
  AdamW ours(*mine, 0.01);
  torch::optim::AdamW rival(theirs->parameters(), torch::optim::AdamWOptions(1e-3));
  Compare(
      "AdamW, 20,000 x 128", [&] { ours.Step(1e-3); }, [&] { rival.step(); });
}

}  // namespace

int main(int, char** argv) {
  UseFittingBlasKernel(argv);
  SetThreads(1);
  KeepFreedMemory();
  torch::manual_seed(1);
  fmt::print("{:<44}{:>10}{:>10}{:>8} (interquartile range)\n", "forward and backward, ms", "ours",
             "LibTorch", "ratio");
  CompareElementwise();
  CompareFeedForward();
  CompareAttention(64);
  CompareAttention(256);
  CompareProducts();
  CompareOptimizer();
}
