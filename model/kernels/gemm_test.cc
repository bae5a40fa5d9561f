#include <torch/csrc/autograd/autograd.h>

#include <catch2/catch.hpp>

#include "model/kernels/linear_product.h"
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

}  // namespace
}  // namespace sweepformer::model
