#include "model/products.h"

#include <torch/csrc/autograd/autograd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "model/blocked_attention.h"
#include "model/kernels/gemm.h"
#include "model/run_options.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;

/// bfloat16 has 8 bits: half a unit in the last place of numbers up to 1.
constexpr double kRounding = 1.0 / 512;

torch::Tensor Rounded(const torch::Tensor& x) { return x.to(torch::kBFloat16).to(torch::kFloat); }

struct Operands {
  torch::Tensor x, weight, bias;  // leaves: [5, 24], [7, 24], [7]
};

Operands Draw() {
  torch::manual_seed(1);
  const auto leaf = [](at::IntArrayRef shape) { return torch::randn(shape).requires_grad_(); };
  return {leaf({5, 24}), leaf({7, 24}), leaf({7})};
}

/// y and the gradients of x, weight and bias for a fixed gradient of y.
std::vector<torch::Tensor> Outcome(Precision precision, const Operands& on) {
  const PrecisionScope scope(precision);
  const torch::Tensor y = LinearProduct(on.x, on.weight, on.bias);
  auto outcome = torch::autograd::grad({y}, {on.x, on.weight, on.bias}, {y.detach().cos()});
  outcome.insert(outcome.begin(), y.detach());
  return outcome;
}

std::vector<Precision> KindsOfBfloat16() {
  if (!CpuMultipliesBfloat16()) return {Precision::kEmulatedBfloat16};
  return {Precision::kBfloat16, Precision::kEmulatedBfloat16};
}

TEST_CASE("float32 products are torch's", "[products]") {
  const Operands on = Draw();
  const torch::Tensor y = torch::linear(on.x, on.weight, on.bias);
  const auto expected = torch::autograd::grad({y}, {on.x, on.weight}, {y.detach().cos()});
  const auto outcome = Outcome(Precision::kFloat32, on);
  CHECK(MaxDifference(outcome[0], y) < 1e-5);
  CHECK(MaxDifference(outcome[1], expected[0]) < 1e-5);
  CHECK(MaxDifference(outcome[2], expected[1]) < 1e-5);
  const torch::Tensor a = torch::randn({2, 3, 4}), b = torch::randn({2, 4, 5}),
                      sum = torch::ones(5);
  CHECK(torch::equal(AddProduct(sum, a, b, 0.5), torch::baddbmm(sum, a, b, 1, 0.5)));
}

TEST_CASE("linear layers in bfloat16 round their operands and gradients, and no results",
          "[products]") {
  const Operands on = Draw();
  const torch::Tensor x = Rounded(on.x), weight = Rounded(on.weight);
  const torch::Tensor y = torch::linear(x, weight, on.bias);
  const torch::Tensor gradient = Rounded(y.cos());
  for (const Precision precision : KindsOfBfloat16()) {
    const auto outcome = Outcome(precision, on);
    CHECK(MaxDifference(outcome[0], y) < 1e-5);
    CHECK(MaxDifference(outcome[1], torch::matmul(gradient, weight)) < kRounding);
    CHECK(MaxDifference(outcome[2], torch::matmul(gradient.t(), x)) < kRounding);
    CHECK(MaxDifference(outcome[3], y.cos().sum(0)) < 1e-5);
    CHECK(MaxDifference(outcome[0], torch::linear(on.x, on.weight, on.bias)) > 1e-3);
    for (const auto& tensor : outcome) CHECK(tensor.scalar_type() == torch::kFloat);
  }
}

/// The product of leaves and their gradients for a fixed gradient of it.
std::vector<torch::Tensor> ProductAndGradients(const torch::Tensor& a, const torch::Tensor& b,
                                               const torch::Tensor& gradient) {
  const torch::Tensor left = a.detach().requires_grad_(), right = b.detach().requires_grad_();
  const torch::Tensor product = Product(left, right);
  auto all = torch::autograd::grad({product}, {left, right}, {gradient});
  all.push_back(product.detach());
  return all;
}

TEST_CASE("products of bfloat16 are torch's of rounded operands, both passes", "[products]") {
  torch::manual_seed(3);
  const auto check = [](const torch::Tensor& a, const torch::Tensor& b) {
    const torch::Tensor gradient = torch::randn_like(torch::matmul(a, b));
    const auto expected = ProductAndGradients(Rounded(a), Rounded(b), Rounded(gradient));
    for (const Precision precision : KindsOfBfloat16()) {
      const PrecisionScope scope(precision);
      const auto outcome = ProductAndGradients(a, b, gradient);
      for (std::size_t i = 0; i < outcome.size(); ++i) {
        if (expected[i].numel() == 0) continue;
        CHECK(MaxDifference(outcome[i], expected[i]) <
              1e-5 * expected[i].abs().max().item<double>());
      }
    }
  };
  check(torch::randn({5, 24}), torch::randn({24, 7}));
  check(torch::randn({3, 2, 70, 63}), torch::randn({3, 2, 63, 40}));
  check(torch::randn({3, 63, 70}).transpose(1, 2), torch::randn({3, 40, 63}).transpose(1, 2));
  check(torch::randn({2, 9, 17}), torch::randn({3, 2, 17, 8}));  // the first is repeated
  check(torch::randn({4, 1, 9, 17}), torch::randn({1, 3, 17, 8}));
  check(torch::randn({2, 9, 17}), torch::randn({5, 3, 2, 17, 8}));
  check(torch::randn({3, 4, 9, 17}).transpose(0, 1), torch::randn({4, 3, 17, 8}));  // unevenly
  check(torch::randn({2, 1000}), torch::randn({1000, 2}));
  check(torch::randn({0, 4, 5}), torch::randn({0, 5, 6}));
}

TEST_CASE("a product over 63 numbers is computed", "[products]") {
  // oneDNN 2.6's own code for this shape is illegal on CPUs with AMX (oneDNN issue 1661).
  const PrecisionScope scope(KindsOfBfloat16().front());
  for (const std::int64_t rows : {65, 78, 80}) {
    for (const std::int64_t columns : {8, 40, 63, 78, 80, 100}) {
      const torch::Tensor ones = torch::ones({rows, 63});
      CHECK(Product(ones, torch::ones({63, columns})).eq(63).all().item<bool>());
      CHECK(LinearProduct(ones, torch::ones({columns, 63})).eq(63).all().item<bool>());
    }
  }
}

TEST_CASE("float64 stays float64 in any precision", "[products]") {
  const PrecisionScope scope(Precision::kEmulatedBfloat16);
  const torch::Tensor a = torch::randn({3, 4}, torch::kDouble), b = a.t().contiguous();
  CHECK(torch::equal(Product(a, b), torch::matmul(a, b)));
}

TEST_CASE("the precision ends with its scope", "[products]") {
  const torch::Tensor a = torch::randn({3, 4}), b = a.t().contiguous();
  { const PrecisionScope scope(Precision::kEmulatedBfloat16); }
  CHECK(torch::equal(Product(a, b), torch::matmul(a, b)));
}

TEST_CASE("blocked attention is float32's at any precision", "[products]") {
  torch::manual_seed(2);
  const auto leaf = [] { return torch::randn({2, 3, 700, 8}).requires_grad_(); };
  const std::vector<torch::Tensor> leaves = {leaf(), leaf(), leaf()};
  const auto outcome = [&](Precision precision) {
    const PrecisionScope scope(precision);
    const torch::Tensor y =
        BlockedAttention(leaves[0], leaves[1], leaves[2], testing::PadAfter({700, 350}, 700));
    auto all = torch::autograd::grad({y}, leaves, {y.detach().cos()});
    all.push_back(y.detach());
    return all;
  };
  const auto exact = outcome(Precision::kFloat32), here = outcome(Precision::kEmulatedBfloat16);
  for (std::size_t i = 0; i < exact.size(); ++i) CHECK(torch::equal(exact[i], here[i]));
}

TEST_CASE("every design computes in bfloat16 what it computes in float32, nearly", "[products]") {
  for (const AttentionDesign& design : AttentionDesigns()) {
    const ModelOptions options = testing::OptionsOf(testing::TinyRun(std::string(design.name)));
    const Model model = BuildModel(options, 50, 2, 1);
    model.classifier->eval();
    const torch::Tensor tokens = testing::Tokens({8, 5, 3}, 8, 50);
    const torch::Tensor exact = model.classifier->forward(tokens);
    const PrecisionScope scope(Precision::kEmulatedBfloat16);
    const torch::Tensor rounded = model.classifier->forward(tokens);
    const double largest = exact.abs().max().item<double>();
    CAPTURE(design.name, largest);
    CHECK_FALSE(torch::equal(exact, rounded));
    CHECK(MaxDifference(exact, rounded) < 0.1 * largest);
  }
}

TEST_CASE("bfloat16 is refused where the CPU has it not, unless emulation is asked for",
          "[products]") {
  const Parameters wanted = testing::TinyRun("full", {{"precision", std::string("bfloat16")}});
  unsetenv("SWEEPFORMER_BFLOAT16");
  if (CpuMultipliesBfloat16()) {
    CHECK(ReadRunOptions(wanted)->model.precision == Precision::kBfloat16);
  } else {
    CHECK_THAT(ReadRunOptions(wanted).status().message(), Catch::Contains("use 'float32' here"));
  }
  setenv("SWEEPFORMER_BFLOAT16", "emulate", 1);
  CHECK(ReadRunOptions(wanted)->model.precision == Precision::kEmulatedBfloat16);
  unsetenv("SWEEPFORMER_BFLOAT16");
}

TEST_CASE("precision is no part of a run that does not name it", "[products]") {
  CHECK_FALSE(ReadRunOptions(testing::TinyRun("full"))->resolved.contains("precision"));
  CHECK_THAT(ReadRunOptions(testing::TinyRun("none", {{"precision", std::string("bfloat16")}}))
                 .status()
                 .message(),
             Catch::Contains("has no effect here"));
}

}  // namespace
}  // namespace sweepformer::model
