#include <algorithm>
#include <catch2/catch.hpp>

#include "datasets/amazon_polarity.h"
#include "datasets/corpus.h"
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

std::int64_t CountPart(const Corpus& corpus, Part part) {
  return std::count_if(corpus.reviews.begin(), corpus.reviews.end(),
                       [&](const Review& review) { return review.part == part; });
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

TEST_CASE("the pool of binary amazon reviews has 22,842", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  const Corpus corpus = CorpusOf({"amazon-pool", *folder});
  CHECK(corpus.counts.rows_read == 7000 + 10000 + 8000);
  CHECK(corpus.counts.neutral == 2000);
  CHECK(corpus.counts.kept == 22842);
}

TEST_CASE("amazon multilingual keeps its test part apart and its stars in balance",
          "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  DatasetRequest request{"amazon-multi", *folder};
  const Corpus two = CorpusOf(request);
  CHECK(two.counts.neutral == 2000);
  CHECK(two.counts.kept == 8000);
  CHECK(CountPart(two, Part::kTest) == 4000);
  request.star_classes = StarClasses::kFive;
  CHECK(CorpusOf(request).counts.kept_of == std::vector<std::int64_t>(5, 2000));
}

TEST_CASE("all earphone reviews are read", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  DatasetRequest request{"amazon-earphones", *folder};
  request.star_classes = StarClasses::kFive;
  CHECK(CorpusOf(request).counts.rows_read == 14337);
}

TEST_CASE("sets of glue are tested on their dev part", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  struct Size {
    const char* name;
    std::int64_t train, dev, distinct_dev;
  };
  for (const Size& size :
       {Size{"sst2", 67349, 872, 872}, {"cola", 8551, 1043, 1039}, {"rte", 2490, 277, 277}}) {
    INFO(size.name);
    const Corpus corpus = CorpusOf({size.name, *folder});
    CHECK(corpus.counts.rows_read == size.train + size.dev);
    CHECK(CountPart(corpus, Part::kTest) == size.distinct_dev);
  }
}
