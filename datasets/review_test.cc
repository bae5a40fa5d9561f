#include "datasets/review.h"

#include <catch2/catch.hpp>

using namespace sweepformer::datasets;

namespace {

Review Of(std::string title, std::string body) {
  return {std::move(title), std::move(body), 1, 0, ""};
}

}  // namespace

TEST_CASE("white space collapses to single blanks", "[datasets]") {
  CHECK(CollapseSpace(" \t a \r\n\v b\f") == "a b");
  CHECK(CollapseSpace(" \n ").empty());
}

TEST_CASE("two reviews are the same when title and body are, white space collapsed", "[datasets]") {
  CHECK(ReviewKey(Of("Good  one", " it\nworks ")) == ReviewKey(Of(" Good one\n", "it works")));
  CHECK(ReviewKey(Of("Good", "one it")) != ReviewKey(Of("Good one", "it")));
  CHECK(ReviewKey(Of("", "Good")) != ReviewKey(Of("Good", "")));
  CHECK(ReviewKey(Of("good", "")) != ReviewKey(Of("Good", "")));
}

TEST_CASE("label, stars and domain do not make a review another one", "[datasets]") {
  Review other = Of("t", "b");
  other.label = 0;
  other.stars = 1;
  other.domain = "books";
  CHECK(ReviewKey(other) == ReviewKey(Of("t", "b")));
}

TEST_CASE("the key of a review never changes", "[datasets]") {
  CHECK(ReviewKey(Of("Great CD", "My lovely Pat")) == 0xb0671f09d183180f);
}
