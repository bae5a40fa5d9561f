#include "model/pooling.h"

#include <catch2/catch.hpp>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

TEST_CASE("pooling takes the mean, the first or the maximum of real tokens", "[pooling]") {
  const torch::Tensor x = torch::tensor({{{1.0, -5.0}, {3.0, -7.0}, {99.0, 99.0}}});
  const torch::Tensor mask = testing::PadAfter({2}, 3);
  CHECK(torch::equal(Pool(Pooling::kMean, x, mask), torch::tensor({{2.0, -6.0}})));
  CHECK(torch::equal(Pool(Pooling::kCls, x, mask), torch::tensor({{1.0, -5.0}})));
  CHECK(torch::equal(Pool(Pooling::kMax, x, mask), torch::tensor({{3.0, -5.0}})));
}

TEST_CASE("pooling with a mask of no padding is pooling without one", "[pooling]") {
  const torch::Tensor x = torch::randn({2, 3, 4}, torch::kFloat64);
  const torch::Tensor mask = testing::PadAfter({3, 3}, 3);
  for (const Pooling pooling : {Pooling::kMean, Pooling::kCls, Pooling::kMax}) {
    CHECK(testing::MaxDifference(Pool(pooling, x, mask), Pool(pooling, x)) < 1e-15);
  }
}

TEST_CASE("pooling gives zeros for a sample of padding alone", "[pooling]") {
  const torch::Tensor x = torch::full({1, 3, 2}, std::numeric_limits<double>::quiet_NaN());
  const torch::Tensor mask = testing::PadAfter({0}, 3);
  for (const Pooling pooling : {Pooling::kMean, Pooling::kMax}) {
    CHECK(torch::equal(Pool(pooling, x, mask), torch::zeros({1, 2}, x.options())));
  }
}

}  // namespace
}  // namespace sweepformer::model
