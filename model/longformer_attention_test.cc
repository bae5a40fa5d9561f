#include "model/longformer_attention.h"

#include <catch2/catch.hpp>

#include "model/full_attention.h"
#include "model/tensor_memory.h"
#include "model/testdata/golden_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::OneHead;
using testing::PadAfter;
using testing::Wave;

constexpr auto kWide = torch::kFloat64;

struct Heads {
  torch::Tensor q, k, v;  // [2, 3, T, 4] float64
};

Heads RandomHeads(std::int64_t tokens) {
  torch::manual_seed(1);
  const auto draw = [&] { return torch::randn({2, 3, tokens, 4}, kWide); };
  return {draw(), draw(), draw()};
}

/// The band as a mask over the whole score matrix, [T, T] bool.
torch::Tensor Allowed(const Band& band, std::int64_t tokens) {
  const torch::Tensor place = torch::arange(tokens);
  const torch::Tensor distance = (place.unsqueeze(1) - place).abs();
  const torch::Tensor near =
      (distance <= band.window * band.dilation).logical_and(distance.remainder(band.dilation) == 0);
  return near.logical_or(place < band.globals);
}

/// Everything dense: what BandedAttention must equal.
torch::Tensor Dense(const Heads& x, const Band& band, const torch::Tensor& pad_mask = {}) {
  torch::Tensor allowed = Allowed(band, x.k.size(2)).view({1, 1, x.k.size(2), x.k.size(2)});
  if (pad_mask.defined()) {
    allowed = allowed.logical_and(pad_mask.logical_not().view({2, 1, 1, x.k.size(2)}));
  }
  const torch::Tensor scores = torch::matmul(x.q, x.k.transpose(2, 3)) / 2;
  const torch::Tensor weights = scores.masked_fill(allowed.logical_not(), -INFINITY).softmax(-1);
  return torch::matmul(weights.nan_to_num(0), x.v);
}

TEST_CASE("a band equals the golden vectors", "[longformer]") {
  const torch::Tensor q = OneHead(Wave(5, 3, 0)), k = OneHead(Wave(5, 3, 1)),
                      v = OneHead(Wave(5, 3, 2));
  CHECK(MaxDifference(BandedAttention(q, k, v, {.window = 1}),
                      testing::GoldenTensor(golden::kLongformer)) < 1e-10);
  const torch::Tensor global = ScaledDotProductAttention(q.narrow(2, 0, 1), k, v);
  const torch::Tensor others = BandedAttention(q, k, v, {.window = 1, .globals = 1});
  CHECK(MaxDifference(torch::cat({global, others.narrow(2, 1, 4)}, 2),
                      testing::GoldenTensor(golden::kLongformerGlobalFirst)) < 1e-10);
}

TEST_CASE("blocks equal the masked square at every length, window, dilation and number of globals",
          "[longformer]") {
  for (const std::int64_t tokens : {1, 2, 15, 16, 17, 20, 37, 50}) {
    const Heads x = RandomHeads(tokens);
    const torch::Tensor mask = PadAfter({tokens, (tokens + 1) / 2}, tokens);
    for (const std::int64_t window : {0, 1, 5, 20}) {
      for (const std::int64_t dilation : {1, 2, 3, 8, 64}) {
        for (const std::int64_t globals : {0, 1, 3}) {
          const Band band{window, dilation, std::min(globals, tokens)};
          CAPTURE(tokens, window, dilation, globals);
          CHECK(MaxDifference(BandedAttention(x.q, x.k, x.v, band), Dense(x, band)) < 1e-10);
          CHECK(MaxDifference(BandedAttention(x.q, x.k, x.v, band, mask), Dense(x, band, mask)) <
                1e-10);
        }
      }
    }
  }
}

TEST_CASE("a window over all tokens, or all tokens global, is full attention", "[longformer]") {
  const auto [q, k, v] = RandomHeads(20);
  const torch::Tensor full = ScaledDotProductAttention(q, k, v);
  CHECK(MaxDifference(BandedAttention(q, k, v, {.window = 19}), full) < 1e-10);
  CHECK(MaxDifference(BandedAttention(q, k, v, {.window = 1000}), full) < 1e-10);
  CHECK(MaxDifference(BandedAttention(q, k, v, {.window = 0, .globals = 20}), full) < 1e-10);
  CHECK(MaxDifference(BandedAttention(q, k, v, {.window = 0}), v) < 1e-10);
}

TEST_CASE("a band lets nothing out of padding and is zero where there is no key", "[longformer]") {
  const auto [q, k, v] = RandomHeads(20);
  const torch::Tensor mask = PadAfter({20, 3}, 20), rows = mask.view({2, 1, 20, 1});
  const Band band{.window = 2, .globals = 0};
  const torch::Tensor clean = BandedAttention(q, k, v, band, mask);
  for (const double poison : {1e9, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(torch::equal(
        BandedAttention(q, k.masked_fill(rows, poison), v.masked_fill(rows, poison), band, mask),
        clean));
  }
  const torch::Tensor beyond = clean[1].narrow(1, 6, 14);
  CHECK(torch::equal(beyond, torch::zeros_like(beyond)));
}

/// Most bytes that both passes of a band over `tokens` tokens hold at once.
std::int64_t PeakOf(const Band& band, std::int64_t tokens) {
  TensorMemory::Install();
  const torch::Tensor x = torch::randn({1, 1, tokens, 8}).requires_grad_();
  TensorMemory::ResetPeak();
  const std::int64_t before = TensorMemory::live_bytes();
  BandedAttention(x, x, x, band).sum().backward();
  return TensorMemory::peak_bytes() - before;
}

TEST_CASE("scores take memory in proportion to the window", "[longformer]") {
  constexpr std::int64_t kTokens = 4096;
  const auto peak_of = [](std::int64_t window) {
    return PeakOf({.window = window, .globals = 1}, kTokens);
  };
  CHECK(peak_of(16) < 4 * kTokens * kTokens / 8);
  CHECK(peak_of(128) < 10 * peak_of(16));
}

TEST_CASE("a dilation that leaves few tokens to see takes less memory, not more", "[longformer]") {
  const auto peak_of = [](std::int64_t dilation) {
    return PeakOf({.window = 32, .dilation = dilation, .globals = 1}, 256);
  };
  CHECK(peak_of(64) < peak_of(1));
}

TEST_CASE("tokens reach as far as layers times window and no further", "[longformer]") {
  Heads x = RandomHeads(40);
  const auto two_layers = [&] {
    const torch::Tensor once = BandedAttention(x.q, x.k, x.v, {.window = 3});
    return BandedAttention(x.q, x.k, once, {.window = 3});
  };
  const torch::Tensor before = two_layers();
  x.v.select(2, 20).add_(1.0);
  const torch::Tensor moved = (two_layers() - before).abs().amax({0, 1, 3}) > 0;
  for (std::int64_t t = 0; t < 40; ++t) {
    CAPTURE(t);
    CHECK(moved[t].item<bool>() == (std::abs(t - 20) <= 6));
  }
}

LongformerOptions Small(const Band& band) {
  return {AttentionOptions{.d_model = 6, .heads = 2, .max_length = 5}, band};
}

TEST_CASE("global tokens start with the ordinary projections and own theirs", "[longformer]") {
  const LongformerAttention attention(Small({.window = 1, .globals = 1}));
  const auto parameters = attention->named_parameters();
  for (const char* name : {"q_proj.weight", "k_proj.bias", "v_proj.weight"}) {
    CHECK(torch::equal(parameters["global_" + std::string(name)], parameters[name]));
  }
  CHECK(CountParameters({attention.ptr()}) == 7 * (36 + 6));
  CHECK(CountParameters({LongformerAttention(Small({.window = 1})).ptr()}) == 4 * (36 + 6));
}

TEST_CASE("longformer has the gradients of central differences", "[longformer]") {
  torch::manual_seed(4);
  const torch::Tensor x = torch::randn({2, 5, 6}), mask = PadAfter({5, 3}, 5);
  for (const Band& band : {Band{.window = 1}, Band{.window = 1, .dilation = 2, .globals = 2}}) {
    LongformerAttention attention(Small(band));
    CHECK(testing::ModuleGradientError(*attention, x, mask) < 1e-6);
    CHECK(testing::ModuleGradientError(*attention, x, {}) < 1e-6);
  }
}

TEST_CASE("bands grow from layer to layer up to the length", "[longformer]") {
  const BandSchedule schedule{{.window = 4, .dilation = 1, .globals = 1}, 2, 3};
  CHECK(schedule.OfLayer(0, 100).window == 4);
  CHECK(schedule.OfLayer(2, 100).window == 16);
  CHECK(schedule.OfLayer(2, 100).dilation == 9);
  CHECK(schedule.OfLayer(60, 100).window == 100);
  CHECK(schedule.OfLayer(60, 100).dilation == 100);
  CHECK(schedule.OfLayer(2, 100).globals == 1);
}

}  // namespace
}  // namespace sweepformer::model
