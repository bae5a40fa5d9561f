#include "datasets/corpus.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

DatasetRequest Named(const std::string& name, std::vector<std::string> paths) {
  DatasetRequest request;
  request.name = name;
  request.data_path = std::move(paths);
  return request;
}

std::int64_t Sum(const CorpusCounts& counts) {
  return counts.kept + counts.duplicates + counts.neutral + counts.empty + counts.other_domain;
}

}  // namespace

TEST_CASE("of equal reviews the first is kept", "[datasets]") {
  const Corpus corpus = Distinct(
      {{"t", "a  b", 1, 5, "books"}, {"t", "other", 0, 1, "books"}, {"t ", "a b", 1, 4, "dvd"}},
      "all");
  REQUIRE(corpus.reviews.size() == 2);
  CHECK(corpus.reviews[0] == Review{"t", "a  b", 1, 5, "books"});
  CHECK(corpus.counts.duplicates == 1);
  CHECK(corpus.counts.contradictory == 0);
}

TEST_CASE("an equal review with the other label is counted as contradictory", "[datasets]") {
  const Corpus corpus =
      Distinct({{"t", "b", 1, 0, ""}, {"t", "b", 0, 0, ""}, {"t", "b", 1, 0, ""}}, "all");
  REQUIRE(corpus.reviews.size() == 1);
  CHECK(corpus.reviews[0].label == 1);
  CHECK(corpus.counts.duplicates == 2);
  CHECK(corpus.counts.contradictory == 1);
}

TEST_CASE("what cannot be learned from is dropped and everything is accounted for", "[datasets]") {
  const Corpus corpus = Distinct({{"t", "b", 1, 5, "books"},
                                  {"t", "b", 1, 5, "books"},
                                  {"x", "y", kNeutral, 3, "books"},
                                  {" ", "\n", 0, 1, "books"},
                                  {"t", "", 0, 1, "books"},
                                  {"", "b", 0, 1, "books"},
                                  {"t", "b", 1, 5, "dvd"}},
                                 "books");
  CorpusCounts expected;
  expected.rows_read = 7;
  expected.duplicates = 1;
  expected.neutral = 1;
  expected.empty = 1;
  expected.other_domain = 1;
  expected.kept = 3;
  expected.kept_of = {2, 1};
  expected.kept_without_title = 1;
  expected.kept_without_body = 1;
  CHECK(corpus.counts == expected);
  CHECK(Sum(corpus.counts) == corpus.counts.rows_read);
}

TEST_CASE("several named files are read as one set, in their order", "[datasets]") {
  const TemporaryFolder folder;
  const auto one = folder.Write("one.txt", "__label__2 a: b\n__label__1 c: d\n");
  const auto two = folder.Write("two.csv", "\"1\",\"a\",\"b\"\n\"2\",\"e\",\"f\"\n");
  const auto corpus = Load(Named("amazon-polarity", {one, two}));
  REQUIRE(corpus.ok());
  CHECK(corpus->counts.rows_read == 4);
  CHECK(corpus->counts.contradictory == 1);
  REQUIRE(corpus->reviews.size() == 3);
  CHECK(corpus->reviews[2].title == "e");
}

TEST_CASE("a malformed file fails the set with its path and line", "[datasets]") {
  const TemporaryFolder folder;
  const auto bad = folder.Write("bad.txt", "__label__2 a: b\nrubbish\n");
  const auto corpus = Load(Named("amazon-polarity", {bad}));
  CHECK(corpus.status().code() == Code::kInvalidArgument);
  CHECK(MessageOf(corpus).starts_with(bad.string() + ":2: expected __label__1"));
}

TEST_CASE("a set of which nothing is left is an error", "[datasets]") {
  const TemporaryFolder folder;
  const auto corpus = Load(
      Named("amazon-polarity", {folder.Write("empty.csv", "review,sentiment\n\"\",positive\n")}));
  CHECK(MessageOf(corpus) ==
        "amazon-polarity: none of the 1 rows read is a labelled review of domain 'all'");
}

TEST_CASE("a generated set has as many rows as asked for", "[datasets]") {
  DatasetRequest request = Named("synthetic-reviews", {});
  request.rows = 50;
  CHECK(Load(request)->counts.rows_read == 50);
}
