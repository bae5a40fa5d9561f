#include "model/kernels/mask.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "model/kernels/dropout.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;

using Random = lanes::RandomWords<lanes::Words>;
using WideRandom = lanes::RandomWords<lanes::WideWords>;

TEST_CASE("random words are those of the generator's published test vectors", "[kernels]") {
  // Random123's kat_vectors: threefry2x32, 13 rounds, counter 0, key 0.
  const Random zero = lanes::Threefry<lanes::Words>(/*seed=*/0, /*group=*/0);
  CHECK(zero.first[0] == 0x9d1c5ec6);
  CHECK(zero.second[0] == 0x8bd50731);
  // Each lane has the counter after that of the lane before, so groups follow one another.
  const Random next = lanes::Threefry<lanes::Words>(0, 1);
  CHECK(next.first[0] != zero.first[0]);
  CHECK(zero.first[1] != zero.first[0]);
}

TEST_CASE("wide lanes draw two groups at once", "[kernels]") {
  // At the last, the counter's lower word begins anew between the two groups.
  for (const std::uint64_t group : {0ULL, 1ULL, 77ULL, (1ULL << 29) - 1}) {
    CAPTURE(group);
    const WideRandom wide = lanes::Threefry<lanes::WideWords>(42, group);
    for (int i = 0; i < 16; ++i) {
      const auto upper = static_cast<std::uint64_t>(i / 8);
      const Random narrow = lanes::Threefry<lanes::Words>(42, group + upper);
      CHECK(wide.first[i] == narrow.first[i % 8]);
      CHECK(wide.second[i] == narrow.second[i % 8]);
    }
    const Mask mask(0.3, 42);
    const auto factors = lanes::FactorsOf<lanes::WideFloats>(mask, group);
    for (int i = 0; i < 64; ++i) {
      const auto of_group =
          lanes::FactorsOf<lanes::Floats>(mask, group + static_cast<std::uint64_t>(i / 32));
      CHECK(factors.of[i / 16][i % 16] == of_group.of[i % 32 / 8][i % 8]);
    }
  }
}

TEST_CASE("a mask drops its share, evenly over the places of a group", "[kernels]") {
  const std::int64_t groups = 20'000, size = groups * lanes::kMaskGroup;
  const torch::Tensor mask = DropoutMask(0.1, 3, torch::empty({size}));
  const torch::Tensor dropped = (mask == 0).to(torch::kFloat64);
  const auto error = [](double n) { return std::sqrt(0.1 * 0.9 / n); };
  CHECK(dropped.mean().item<double>() == Approx(0.1).margin(4 * error(static_cast<double>(size))));
  const torch::Tensor by_place = dropped.view({groups, lanes::kMaskGroup}).mean(0);
  CHECK((by_place - 0.1).abs().max().item<double>() < 5 * error(static_cast<double>(groups)));
  // Neighbours are independent: both are dropped in a hundredth of the pairs.
  const double pairs =
      (dropped.narrow(0, 1, size - 1) * dropped.narrow(0, 0, size - 1)).mean().item<double>();
  CHECK(pairs == Approx(0.01).margin(5 * std::sqrt(0.01 * 0.99 / static_cast<double>(size))));
  CHECK(MaxDifference(mask.max(), torch::tensor(65536.0F / (65536 - 6554))) < 1e-6);
}

TEST_CASE("a part of a mask by rows is that part of the whole", "[kernels]") {
  for (const std::int64_t width : {1, 31, 32, 33, 100}) {
    const torch::Tensor whole = DropoutMaskOfRows(0.5, 9, torch::empty({2, 5, width}));
    const torch::Tensor part = DropoutMaskOfRows(0.5, 9, torch::empty({4, width}), 3);
    CHECK(torch::equal(whole.flatten(0, 1).narrow(0, 3, 4), part));
  }
}

TEST_CASE("dropout multiplies by its mask, and its gradient too", "[kernels]") {
  for (const std::int64_t size : {1, 7, 32, 1000, 70'001}) {
    torch::manual_seed(5);
    const auto seed = NewMaskSeed(0.5);
    const torch::Tensor x = torch::randn({size}).requires_grad_();
    const torch::Tensor mask = DropoutMask(0.3, seed, x);
    const torch::Tensor weights = torch::randn({size});
    torch::manual_seed(5);
    const torch::Tensor y = Dropout(x, 0.3);
    (y * weights).sum().backward();
    CHECK(torch::equal(y, x.detach() * mask));
    CHECK(torch::equal(x.grad(), weights * mask));
  }
}

TEST_CASE("dropout drops the same of numbers that kernels are not made for", "[kernels]") {
  const torch::Tensor x = torch::randn({3, 40});
  torch::manual_seed(6);
  const torch::Tensor y = Dropout(x, 0.2);
  torch::manual_seed(6);
  CHECK(MaxDifference(Dropout(x.to(torch::kFloat64), 0.2), y.to(torch::kFloat64)) < 1e-6);
  torch::manual_seed(6);
  const torch::Tensor of_view = Dropout(x.t(), 0.2);
  torch::manual_seed(6);
  CHECK(torch::equal(of_view, Dropout(x.t().contiguous(), 0.2)));
  CHECK(Dropout(x, 0.0).is_same(x));
}

}  // namespace
}  // namespace sweepformer::model
