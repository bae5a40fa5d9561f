#include "model/matthews.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace sweepformer::model {
namespace {

using Labels = std::vector<std::int64_t>;

TEST_CASE("Matthews correlation is that of the confusion table", "[matthews]") {
  // 6 true positives, 3 false positives, 1 false negative, 2 true negatives.
  const Labels labels = {1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0};
  const Labels answers = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
  CHECK(MatthewsCorrelation(answers, labels, 2) ==
        Approx((6.0 * 2 - 3 * 1) / std::sqrt(9.0 * 7 * 5 * 3)));
}

TEST_CASE("Matthews correlation is 1, 0 or -1 at the ends", "[matthews]") {
  const Labels labels = {0, 1, 1, 0, 1};
  const Labels wrong = {1, 0, 0, 1, 0};
  CHECK(MatthewsCorrelation(labels, labels, 2) == Approx(1));
  CHECK(MatthewsCorrelation(wrong, labels, 2) == Approx(-1));
  CHECK(MatthewsCorrelation(Labels(5, 1), labels, 2) == 0);
  CHECK(MatthewsCorrelation(labels, Labels(5, 0), 2) == 0);
  CHECK(MatthewsCorrelation({}, {}, 2) == 0);
}

TEST_CASE("of more classes it is Gorodkin's R_K", "[matthews]") {
  // By hand: 4 of 6 right, answers 1, 2, 3 and labels 2, 2, 2 of the classes.
  const Labels labels = {0, 1, 2, 2, 1, 0};
  const Labels answers = {0, 2, 2, 2, 1, 1};
  CHECK(MatthewsCorrelation(answers, labels, 3) == Approx(12.0 / std::sqrt(24.0 * 22.0)));
}

}  // namespace
}  // namespace sweepformer::model
