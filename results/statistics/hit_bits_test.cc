#include "results/statistics/hit_bits.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("hits are read as the store keeps them", "[hit_bits]") {
  std::vector<std::uint8_t> bytes(9, 0);
  bytes[0] = 0b101;   // items 0 and 2
  bytes[8] = 0b0010;  // item 65
  const HitBits hits = HitBits::FromBytes(bytes, 68).value();
  CHECK(hits.items() == 68);
  CHECK(hits.CountRight() == 3);
  REQUIRE(hits.words().size() == 2);
  CHECK(hits.words()[0] == 0b101);
  CHECK(hits.words()[1] == 0b10);
}

TEST_CASE("bits beyond the last item do not count", "[hit_bits]") {
  for (const int items : {1, 7, 8, 9, 63, 64, 65, 600}) {
    CAPTURE(items);
    const std::vector<std::uint8_t> bytes((items + 7) / 8, 0xff);
    CHECK(HitBits::FromBytes(bytes, items)->CountRight() == items);
  }
}

TEST_CASE("hits may be of no items", "[hit_bits]") {
  CHECK(HitBits::FromBytes({}, 0)->CountRight() == 0);
}

TEST_CASE("hits of another length than their items are refused", "[hit_bits]") {
  const std::vector<std::uint8_t> bytes(2);
  CHECK_FALSE(HitBits::FromBytes(bytes, 8).ok());
  CHECK_FALSE(HitBits::FromBytes(bytes, 17).ok());
  CHECK_FALSE(HitBits::FromBytes(bytes, -1).ok());
  CHECK(HitBits::FromBytes(bytes, 17).status().message() ==
        "test hits of 17 items in 2 bytes, expected one bit per item: 3 bytes");
}

TEST_CASE("what two runs both got right is counted", "[hit_bits]") {
  const HitBits a = HitBits::FromBytes(std::vector<std::uint8_t>{0b1111'0010, 0b1}, 10).value();
  const HitBits b = HitBits::FromBytes(std::vector<std::uint8_t>{0b0011'0101, 0b1}, 10).value();
  CHECK(CountBoth(a, b) == 3);
  CHECK(CountBoth(a, a) == a.CountRight());
}

TEST_CASE("half of the items are tossed, and none beyond the last", "[hit_bits]") {
  Random random(1);
  std::int64_t chosen = 0;
  for (int i = 0; i < 1'000; ++i) {
    const HitBits toss = HitBits::Tossed(70, random);
    CHECK(toss.words().back() < 64);
    chosen += toss.CountRight();
  }
  CHECK(chosen == Approx(35'000).margin(530));  // four deviations of 70,000 tosses
}
