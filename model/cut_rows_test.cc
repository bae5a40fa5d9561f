#include "model/cut_rows.h"

#include <torch/csrc/autograd/autograd.h>

#include <catch2/catch.hpp>

namespace sweepformer::model {
namespace {

const std::vector<Range> kRanges = {{0, 3}, {2, 7}, {4, 4}, {6, 9}, {2, 9}};

TEST_CASE("cut rows are slices", "[cut-rows]") {
  const torch::Tensor x = torch::randn({2, 9, 3});
  const CutRows cut(x, 1, kRanges);
  for (const Range& range : kRanges) {
    CAPTURE(range.begin, range.end);
    const torch::Tensor rows = Joined(cut.Parts(range), 1);
    if (range.size() == 0) {
      CHECK(!rows.defined());
    } else {
      CHECK(torch::equal(rows, x.slice(1, range.begin, range.end)));
    }
  }
}

TEST_CASE("the gradient of cut rows is that of slices", "[cut-rows]") {
  const torch::Tensor x = torch::randn({2, 9, 3}, torch::kFloat64).requires_grad_();
  const CutRows cut(x, 1, kRanges);
  torch::Tensor of_cut = torch::zeros({}, torch::kFloat64), of_slices = of_cut;
  for (const Range& range : kRanges) {
    const double weight = 1.0 + static_cast<double>(range.end);
    if (range.size() > 0) of_cut = of_cut + weight * Joined(cut.Parts(range), 1).pow(3).sum();
    of_slices = of_slices + weight * x.slice(1, range.begin, range.end).pow(3).sum();
  }
  const auto gradient = [&](const torch::Tensor& sum) {
    return torch::autograd::grad({sum}, {x}, {}, /*retain_graph=*/true)[0];
  };
  CHECK(torch::allclose(gradient(of_cut), gradient(of_slices), 1e-12));
}

TEST_CASE("nothing is cut from an undefined tensor", "[cut-rows]") {
  CHECK(CutRows({}, 1, kRanges).Parts(kRanges[1]).empty());
  const CutRows empty(torch::zeros({2, 0, 3}), 1, {{0, 0}});
  CHECK(empty.Parts({0, 0}).empty());
}

}  // namespace
}  // namespace sweepformer::model
