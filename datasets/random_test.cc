#include "datasets/random.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <numeric>

using namespace sweepformer::datasets;

TEST_CASE("draws below a bound are even", "[datasets]") {
  Random random(5);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[random.Below(7)];
  // Six standard deviations of a binomial with n = 70,000 and p = 1/7.
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 556);
}

TEST_CASE("a shuffle keeps every item and depends on the seed only", "[datasets]") {
  const auto shuffled = [](std::uint64_t seed) {
    std::vector<int> items(100);
    std::iota(items.begin(), items.end(), 0);
    Random(seed).Shuffle(items);
    return items;
  };
  CHECK(shuffled(1) == shuffled(1));
  CHECK(shuffled(1) != shuffled(2));
  auto sorted = shuffled(1);
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted.front() == 0);
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
}

TEST_CASE("the streams of one seed differ from each other and from those of another seed",
          "[datasets]") {
  CHECK(Random::Of(1, 0).Next() != Random::Of(1, 1).Next());
  CHECK(Random::Of(1, 0).Next() != Random::Of(0, 1).Next());
  CHECK(Random::Of(1, 0).Next() == Random::Of(1, 0).Next());
}
