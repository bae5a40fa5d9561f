#include <algorithm>
#include <catch2/catch.hpp>

#include "datasets/amazon_polarity.h"
#include "datasets/corpus.h"
#include "datasets/csv.h"
#include "datasets/testing.h"

// The counts stand in ../shared/data/README.md, which comes with the data.

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

Corpus CorpusOf(const DatasetRequest& request) {
  auto corpus = Load(request);
  INFO(MessageOf(corpus));
  REQUIRE(corpus.ok());
  return std::move(corpus).value();
}

/// How many reviews of either label a file of amazon-polarity holds: {negative, positive}.
std::pair<std::int64_t, std::int64_t> SidesOf(const std::filesystem::path& path) {
  const auto bytes = ReadFile(path);
  REQUIRE(bytes.ok());
  const auto reviews = ReadAmazonPolarity(*bytes, path.string());
  INFO(MessageOf(reviews));
  REQUIRE(reviews.ok());
  const auto positive = std::count_if(reviews->begin(), reviews->end(),
                                      [](const Review& review) { return review.label == 1; });
  return {static_cast<std::int64_t>(reviews->size()) - positive, positive};
}

}  // namespace

TEST_CASE("all of blitzer is read", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  DatasetRequest request;
  request.name = "blitzer";
  request.data_folder = *folder;
  const Corpus corpus = CorpusOf(request);
  CHECK(corpus.counts.rows_read == 8000);
  CHECK(corpus.counts.kept == 7854);
  CHECK(corpus.counts.neutral == 0);
  for (const char* domain : {"books", "dvd", "electronics", "kitchen"}) {
    request.domain = domain;
    CHECK(CorpusOf(request).counts.rows_read == 2000);
  }
}

TEST_CASE("the three single-field forms of amazon polarity are read", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  using Sides = std::pair<std::int64_t, std::int64_t>;
  CHECK(SidesOf(*folder / "amazon_polarity_5k/amazon_reviews_sample.csv") == Sides{2470, 2530});
  CHECK(SidesOf(*folder / "amazon_polarity_fasttext_1k/test.ft.txt") == Sides{498, 502});
  CHECK(SidesOf(*folder / "amazon_polarity_train1k/amazon_reviews.csv") == Sides{538, 462});
}

TEST_CASE("the extracts of amazon polarity are pooled", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  DatasetRequest request;
  request.name = "amazon-polarity";
  request.data_folder = *folder;
  const Corpus corpus = CorpusOf(request);
  CHECK(corpus.counts.rows_read == 7000);
  CHECK(corpus.counts.kept == 6989);
}

TEST_CASE("ag news, a csv file of the same makers, parses row by row", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  const std::string name = "test.csv";
  const auto bytes = ReadFile(*folder / "ag_news_csv" / name);
  REQUIRE(bytes.ok());
  CsvReader csv(*bytes, name);
  CsvRow row;
  int rows = 0;
  for (auto more = csv.Next(row); more.ok() && *more; more = csv.Next(row)) {
    ++rows;
    REQUIRE(row.fields.size() == 3);
  }
  CHECK(rows == 7600);
}
