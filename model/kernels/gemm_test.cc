#include <torch/csrc/autograd/autograd.h>

#include <catch2/catch.hpp>

#include "model/kernels/gemm.h"
#include "model/kernels/half_product.h"
#include "model/kernels/linear_product.h"
#include "model/products.h"
#include "model/testing.h"
#include "model/token_projection.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::PadAfter;

template <typename Function>
void CheckAgainstFloat64(const Function& function, const std::vector<torch::Tensor>& arguments) {
  std::vector<std::vector<torch::Tensor>> outcomes;
  for (const auto type : {torch::kFloat, torch::kFloat64}) {
    std::vector<torch::Tensor> leaves;
    for (const auto& x : arguments) leaves.push_back(x.detach().to(type).requires_grad_());
    const torch::Tensor y = function(leaves);
    outcomes.push_back(torch::autograd::grad({(y * y.detach().cos()).sum()}, leaves));
    outcomes.back().push_back(y.detach());
  }
  for (std::size_t i = 0; i < outcomes[0].size(); ++i) {
    const torch::Tensor exact = outcomes[1][i];
    const double size = std::max(1.0, exact.abs().max().template item<double>());
    CHECK(MaxDifference(outcomes[0][i].to(torch::kFloat64), exact) < 1e-5 * size);
  }
}

TEST_CASE("the fast linear product equals torch's", "[kernels]") {
  torch::manual_seed(1);
  const auto linear = [](const std::vector<torch::Tensor>& a) {
    const torch::Tensor bias = a.size() > 2 ? a[2] : torch::Tensor();
    if (a[0].scalar_type() == torch::kFloat64) return torch::linear(a[0], a[1], bias);
    return FastLinear(a[0], a[1], bias);
  };
  for (const auto& [in, out] : {std::pair(1, 1), {5, 33}, {128, 64}}) {
    const torch::Tensor x = torch::randn({3, 7, in}), w = torch::randn({out, in});
    CheckAgainstFloat64(linear, {x, w});
    CheckAgainstFloat64(linear, {x, w, torch::randn({out})});
    CheckAgainstFloat64(linear, {x.select(0, 0), w});
    CheckAgainstFloat64(linear, {torch::randn({7, 3, in}).transpose(0, 1), w});
  }
  CHECK(FastLinear(torch::empty({0, 4}), torch::randn({3, 4}), {}).sizes() ==
        at::IntArrayRef({0, 3}));
}

TEST_CASE("a frozen weight of the fast linear product gets no gradient", "[kernels]") {
  const torch::Tensor x = torch::randn({3, 4}).requires_grad_(), w = torch::randn({5, 4});
  FastLinear(x, w, torch::randn({5})).sum().backward();
  CHECK(MaxDifference(x.grad(), w.sum(0).expand({3, 4})) < 1e-5);
  CHECK_FALSE(w.grad().defined());
}

torch::Tensor Halves(at::IntArrayRef sizes) { return torch::randn(sizes).to(torch::kBFloat16); }

HalfView ViewOf(const torch::Tensor& x, bool transposed) {
  return {x.data_ptr<c10::BFloat16>(), x.size(1), transposed};
}

void CheckHalfProducts() {
  torch::manual_seed(1);
  const std::int64_t columns = 40, inner = 72;
  const torch::Tensor bias = torch::randn({columns});
  for (const std::int64_t rows : {1, 255, 256, 300, 512}) {  // in parts of 256
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) {
        CAPTURE(rows, a_transposed, b_transposed);
        const torch::Tensor a = a_transposed ? Halves({inner, rows}) : Halves({rows, inner});
        const torch::Tensor b = b_transposed ? Halves({columns, inner}) : Halves({inner, columns});
        const torch::Tensor left = a.to(torch::kFloat), right = b.to(torch::kFloat);
        const torch::Tensor exact =
            torch::matmul(a_transposed ? left.t() : left, b_transposed ? right.t() : right);
        const GemmShape shape{rows, columns, inner};
        torch::Tensor wide = torch::empty({rows, columns}), narrow = wide.to(torch::kBFloat16);
        const HalfView of_a = ViewOf(a, a_transposed), of_b = ViewOf(b, b_transposed);
        Gemm(shape, of_a, of_b, {.by_column = bias.data_ptr<float>()}, wide.data_ptr<float>(),
             columns);
        CHECK(MaxDifference(wide, exact + bias) < 1e-4);
        Gemm(shape, of_a, of_b, {.result = true}, wide.data_ptr<float>(), columns);
        CHECK(MaxDifference(wide, 2 * exact + bias) < 1e-4);
        Gemm(shape, of_a, of_b, {}, narrow.data_ptr<c10::BFloat16>(), columns);
        CHECK(MaxDifference(narrow.to(torch::kFloat), exact) <
              exact.abs().max().item<double>() / 250);
      }
    }
  }
}

TEST_CASE("products of bfloat16 are those of the numbers it stands for", "[kernels]") {
  for (const bool emulate : {true, false}) {
    if (!emulate && !CpuMultipliesBfloat16()) continue;
    CAPTURE(emulate);
    const bool before = EmulateBfloat16(emulate);
    CheckHalfProducts();
    EmulateBfloat16(before);
  }
}

TEST_CASE("a linear product of bfloat16 takes no rows", "[kernels]") {
  const torch::Tensor w = torch::randn({5, 4});
  CHECK(HalfLinear(torch::empty({0, 4}), w, {}).sizes() == at::IntArrayRef({0, 5}));
}

TEST_CASE("the fast projection of tokens equals torch's", "[kernels]") {
  torch::manual_seed(1);
  const auto project = [](const torch::Tensor& mask) {
    return [mask](const std::vector<torch::Tensor>& a) { return ProjectTokens(a[0], a[1], mask); };
  };
  const torch::Tensor e = torch::randn({6, 20}), x = torch::randn({3, 15, 2, 4}).transpose(1, 2);
  CheckAgainstFloat64(project({}), {e, x});
  CheckAgainstFloat64(project(PadAfter({15, 1, 0}, 15)), {e, x});
  const torch::Tensor gaps = PadAfter({15, 9, 3}, 15).flip(1);  // padding comes first
  CheckAgainstFloat64(project(gaps), {e, x});
}

TEST_CASE("two projections at once equal torch's", "[kernels]") {
  torch::manual_seed(1);
  const auto project = [](const torch::Tensor& mask) {
    return [mask](const std::vector<torch::Tensor>& a) {
      const Slots slots = ProjectRows(a[0], a[1], a[2], mask);
      return slots.x * slots.sums.sin().unsqueeze(-1);
    };
  };
  const torch::Tensor e = torch::randn({6, 20}), f = torch::randn({4, 20});
  for (const std::int64_t tokens : {15, 20}) {
    const torch::Tensor x = torch::randn({3, tokens, 8});
    CheckAgainstFloat64(project({}), {e, f, x});
    CheckAgainstFloat64(project(PadAfter({tokens, 1, 0}, tokens)), {e, f, x});
    CheckAgainstFloat64(project(PadAfter({tokens, 9, 3}, tokens).flip(1)), {e, f, x});
  }
}

TEST_CASE("of two projections one may be constant", "[kernels]") {
  const torch::Tensor e = torch::randn({6, 20}), f = torch::randn({4, 20}).requires_grad_();
  const torch::Tensor x = torch::randn({3, 20, 8});
  const Slots slots = ProjectRows(e, f, x);
  CHECK(MaxDifference(slots.x.narrow(1, 0, 6), torch::matmul(e, x)) < 1e-5);
  slots.x.sum().backward();
  CHECK(MaxDifference(f.grad(), x.sum(at::IntArrayRef({0, 2})).expand({4, 20})) < 1e-4);
}

torch::Tensor Rounded(const torch::Tensor& x) { return x.to(torch::kBFloat16).to(torch::kFloat); }

/// Of rounded operands, computed in float32 and in bfloat16.
void CheckProjectionInHalves(std::int64_t slots, std::int64_t positions, std::int64_t tokens,
                             const torch::Tensor& mask) {
  const std::vector<torch::Tensor> operands = {Rounded(torch::randn({slots, positions})),
                                               Rounded(torch::randn({2 * slots, positions})),
                                               Rounded(torch::randn({3, tokens, 8}))};
  const torch::Tensor seen = Rounded(torch::randn({3, 3 * slots, 8}));
  const auto outcome = [&] {
    std::vector<torch::Tensor> leaves;
    for (const auto& x : operands) leaves.push_back(x.detach().clone().requires_grad_());
    const torch::Tensor y = ProjectRows(leaves[0], leaves[1], leaves[2], mask).x;
    auto all = torch::autograd::grad({y}, leaves, {seen});
    all.push_back(y.detach());
    return all;
  };
  const auto exact = outcome();
  for (const Precision precision : {Precision::kEmulatedBfloat16, Precision::kBfloat16}) {
    if (precision == Precision::kBfloat16 && !CpuMultipliesBfloat16()) continue;
    const PrecisionScope scope(precision);
    const auto halved = outcome();
    for (std::size_t i = 0; i < exact.size(); ++i) CHECK(MaxDifference(halved[i], exact[i]) < 1e-4);
  }
}

TEST_CASE("the projection of tokens in bfloat16 is that of rounded operands", "[kernels]") {
  torch::manual_seed(1);
  for (const std::int64_t slots : {1, 2, 6}) {
    CheckProjectionInHalves(slots, 20, 15, {});
    CheckProjectionInHalves(slots, 20, 15, PadAfter({15, 1, 0}, 15));
    for (const std::int64_t longest : {20, 62, 63, 64, 66}) {  // samples as long as they can be
      CAPTURE(slots, longest);
      CheckProjectionInHalves(slots, longest, longest, {});
      CheckProjectionInHalves(slots, longest, longest, PadAfter({longest, 1, 0}, longest));
    }
  }
}

}  // namespace
}  // namespace sweepformer::model
