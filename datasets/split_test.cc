#include "datasets/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

std::vector<Review> Reviews(int count) {
  std::vector<Review> reviews;
  for (int i = 0; i < count; ++i)
    reviews.push_back({fmt::format("title {}", i % 7), fmt::format("body {}", i), i % 2, 0, ""});
  return reviews;
}

Result<Split> SplitOf(const std::vector<Review>& reviews, const SplitOptions& options) {
  std::vector<SplitMember> members;
  for (const Review& review : reviews) members.push_back({ReviewKey(review), review.part});
  return SplitReviews(members, options);
}

/// The bodies of a part, in its order.
std::vector<std::string> BodiesOf(const std::vector<Review>& reviews,
                                  const std::vector<std::int64_t>& part) {
  std::vector<std::string> bodies;
  for (const std::int64_t row : part) bodies.push_back(reviews[static_cast<std::size_t>(row)].body);
  return bodies;
}

bool IsSubset(std::vector<std::string> small, std::vector<std::string> large) {
  std::sort(small.begin(), small.end());
  std::sort(large.begin(), large.end());
  return std::includes(large.begin(), large.end(), small.begin(), small.end());
}

}  // namespace

TEST_CASE("every review is in exactly one part", "[datasets][split]") {
  const auto split = SplitOf(Reviews(1000), {});
  REQUIRE(split.ok());
  std::set<std::int64_t> seen;
  for (const auto* part : {&split->train, &split->valid, &split->test})
    for (const std::int64_t row : *part) CHECK(seen.insert(row).second);
  CHECK(seen.size() == 1000);
  CHECK(*seen.begin() == 0);
  CHECK(*seen.rbegin() == 999);
}

TEST_CASE("the shares are met on average", "[datasets][split]") {
  const auto reviews = Reviews(20'000);
  for (const std::int64_t seed : {0, 1, 2}) {
    const auto split = SplitOf(reviews, {seed, 0.1, 0.2, {}});
    const auto within = [&](std::size_t count, double share) {
      const double expected = share * 20'000;
      return std::abs(static_cast<double>(count) - expected) <
             5 * std::sqrt(expected * (1 - share));  // five standard deviations
    };
    CHECK(within(split->valid.size(), 0.1));
    CHECK(within(split->test.size(), 0.2));
    CHECK(within(split->train.size(), 0.7));
  }
}

TEST_CASE("parts and their order do not depend on the order of the rows", "[datasets][split]") {
  const auto reviews = Reviews(500);
  auto reversed = reviews;
  std::reverse(reversed.begin(), reversed.end());
  const auto one = SplitOf(reviews, {});
  const auto two = SplitOf(reversed, {});
  CHECK(BodiesOf(reviews, one->train) == BodiesOf(reversed, two->train));
  CHECK(BodiesOf(reviews, one->valid) == BodiesOf(reversed, two->valid));
  CHECK(BodiesOf(reviews, one->test) == BodiesOf(reversed, two->test));
}

TEST_CASE("added rows move no review from one part to another", "[datasets][split]") {
  const auto few = Reviews(300), many = Reviews(900);
  const auto one = SplitOf(few, {});
  const auto two = SplitOf(many, {});
  CHECK(IsSubset(BodiesOf(few, one->test), BodiesOf(many, two->test)));
  CHECK(IsSubset(BodiesOf(few, one->valid), BodiesOf(many, two->valid)));
  CHECK(IsSubset(BodiesOf(few, one->train), BodiesOf(many, two->train)));
}

TEST_CASE("another split seed gives another split", "[datasets][split]") {
  const auto reviews = Reviews(300);
  CHECK(SplitOf(reviews, {0, 0.1, 0.2, {}})->test != SplitOf(reviews, {1, 0.1, 0.2, {}})->test);
}

TEST_CASE("a wider validation part leaves the test part as it is", "[datasets][split]") {
  const auto reviews = Reviews(300);
  CHECK(SplitOf(reviews, {0, 0.1, 0.2, {}})->test == SplitOf(reviews, {0, 0.3, 0.2, {}})->test);
}

TEST_CASE("smaller training sets lie inside larger ones and leave test alone",
          "[datasets][split]") {
  const auto reviews = Reviews(300);
  const auto all = SplitOf(reviews, {});
  const auto some = SplitOf(reviews, {0, 0.1, 0.2, 50});
  CHECK(some->train.size() == 50);
  CHECK(std::equal(some->train.begin(), some->train.end(), all->train.begin()));
  CHECK(some->test == all->test);
  CHECK(some->valid == all->valid);
}

TEST_CASE("splits that cannot be made say what to change", "[datasets][split]") {
  const auto reviews = Reviews(300);
  const auto available = SplitOf(reviews, {})->train.size();
  CHECK(MessageOf(SplitOf(reviews, {0, 0.1, 0.2, 301})) ==
        fmt::format("train_rows = 301, but the training part holds {}; use 1 to {}", available,
                    available));
  CHECK(MessageOf(SplitOf(reviews, {0, 0.5, 0.5, {}})) ==
        "valid_share = 0.5 and test_share = 0.5 must be above 0 and leave something to train on");
  CHECK(MessageOf(SplitOf(reviews, {0, std::nan(""), 0.2, {}})) != "");
  CHECK(MessageOf(SplitOf({}, {})) ==
        "the training part is empty; use more rows or a larger share for it");
}

TEST_CASE("the split never changes", "[datasets][split]") {
  const auto reviews = Reviews(30);
  const auto split = SplitOf(reviews, {});
  CHECK(split->test == std::vector<std::int64_t>{20, 27, 0, 24, 7});
  CHECK(split->valid == std::vector<std::int64_t>{15});
}

TEST_CASE("a publisher's test part is kept and the rest gives its share", "[datasets][split]") {
  auto reviews = Reviews(3000);
  for (std::size_t i = 0; i < reviews.size(); ++i)
    reviews[i].part = i < 1000 ? Part::kTest : Part::kTrain;
  const auto split = SplitOf(reviews, {0, 0.25, 0.5, {}});
  REQUIRE(split.ok());
  CHECK(split->test.size() == 1000);
  for (const std::int64_t row : split->test) CHECK(row < 1000);
  CHECK(split->valid.size() + split->train.size() == 2000);
  CHECK(SplitOf(reviews, {0, 0.9, 0.9, {}}).ok());
  CHECK(MessageOf(SplitOf(reviews, {0, 1.0, 0.5, {}})) ==
        "valid_share = 1 must be above 0 and leave something to train on");
  CHECK(std::abs(static_cast<double>(split->valid.size()) - 500) < 5 * std::sqrt(500 * 0.75));
}
