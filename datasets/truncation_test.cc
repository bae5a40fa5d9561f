#include "datasets/truncation.h"

#include <catch2/catch.hpp>
#include <numeric>

using namespace sweepformer::datasets;

namespace {

using Ids = std::vector<std::int32_t>;

/// 0 stands for [CLS]; then 1, 2, 3, ...
Ids Cut(int size, std::size_t max_length, Truncation truncation) {
  Ids ids(static_cast<std::size_t>(size));
  std::iota(ids.begin(), ids.end(), 0);
  Truncate(ids, max_length, truncation);
  return ids;
}

/// 0, `first` times 1, 9 for [SEP], `second` times 2: how many 1 and 2 are left.
std::pair<int, int> CutPair(std::size_t first, std::size_t second, std::size_t max_length) {
  Ids ids = {0};
  ids.insert(ids.end(), first, 1);
  ids.push_back(9);
  ids.insert(ids.end(), second, 2);
  const std::size_t size = ids.size();
  TruncatePair(ids, first + 1, max_length, Truncation::kTail);
  CHECK(ids.size() == std::min(size, max_length));
  CHECK(ids.front() == 0);
  CHECK(std::count(ids.begin(), ids.end(), 9) == (max_length > 1 ? 1 : 0));
  CHECK(std::is_sorted(std::find(ids.begin(), ids.end(), 2), ids.end()));
  return {static_cast<int>(std::count(ids.begin(), ids.end(), 1)),
          static_cast<int>(std::count(ids.begin(), ids.end(), 2))};
}

/// One token after the other off whichever sentence is longer.
std::pair<int, int> LongestFirst(int first, int second, int max_length) {
  while (first + second + 2 > max_length) --(first >= second ? first : second);
  return {first, second};
}

}  // namespace

TEST_CASE("head, tail or both ends are kept behind the CLS", "[datasets][truncation]") {
  CHECK(Cut(10, 4, Truncation::kHead) == Ids{0, 1, 2, 3});
  CHECK(Cut(10, 4, Truncation::kTail) == Ids{0, 7, 8, 9});
  CHECK(Cut(20, 9, Truncation::kHeadTail) == Ids{0, 1, 2, 14, 15, 16, 17, 18, 19});
  for (const auto truncation : {Truncation::kHead, Truncation::kTail, Truncation::kHeadTail}) {
    CHECK(Cut(4, 4, truncation) == Ids{0, 1, 2, 3});
    CHECK(Cut(4, 100, truncation) == Ids{0, 1, 2, 3});
    CHECK(Cut(4, 1, truncation) == Ids{0});
  }
}

TEST_CASE("the quarter of the head is that of the paper", "[datasets][truncation]") {
  const Ids kept = Cut(1000, 511, Truncation::kHeadTail);
  CHECK(kept[127] == 127);
  CHECK(kept[128] == 1000 - 383);
}

TEST_CASE("the longer sentence of a pair gives first", "[datasets][truncation]") {
  for (int first = 0; first < 12; ++first)
    for (int second = 0; second < 12; ++second)
      for (int max_length = 2; max_length < 26; ++max_length) {
        INFO(first << ' ' << second << ' ' << max_length);
        CHECK(CutPair(static_cast<std::size_t>(first), static_cast<std::size_t>(second),
                      static_cast<std::size_t>(max_length)) ==
              LongestFirst(first, second, max_length));
      }
  CHECK(CutPair(3, 3, 1) == std::pair(0, 0));
}

TEST_CASE("truncations have their words", "[datasets][truncation]") {
  CHECK(TruncationOfWord("head") == Truncation::kHead);
  CHECK(TruncationOfWord("tail") == Truncation::kTail);
  CHECK(TruncationOfWord("head+tail") == Truncation::kHeadTail);
  CHECK(TruncationOfWord("middle") == std::nullopt);
}
