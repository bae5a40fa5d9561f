#include <algorithm>
#include <catch2/catch.hpp>

#include "datasets/corpus.h"
#include "datasets/inspection.h"
#include "datasets/testing.h"
#include "orchestrator/core/sha256.h"

// The counts and lengths stand in ../shared/data/README.md, which comes with the data. The SHA-256
// is of what an independent decoder in Python (csv, gzip, tarfile, re) makes of the files: of every
// row title, body, label, stars and domain, parted by NUL, and a line feed.

using namespace sweepformer;
using namespace sweepformer::datasets;
using Approx = Catch::Detail::Approx;

namespace {

constexpr int kNone = kNeutral;

/// What a file, or a set as a whole, holds before anything is dropped.
struct Content {
  const char* set;
  std::vector<const char*> files;  ///< none: as the set is found
  std::vector<std::pair<int, std::int64_t>> of_label;
  double title_words, body_words;  ///< in the mean
  const char* sha256;
};

const Content kContents[] = {
    {"blitzer",
     {},
     {{0, 4000}, {1, 4000}},
     4.70,
     135.25,
     "d4087294a663ebad8733d08b9b04aa756ad4cc193725695f158ebd9eb983d09d"},
    {"amazon-polarity",
     {"amazon_polarity_5k/amazon_reviews_sample.csv"},
     {{0, 2470}, {1, 2530}},
     4.28,
     73.98,
     "087339be246925067318f233fd625f5b1cad4a27e21623f6751385a8ad15e4e9"},
    {"amazon-polarity",
     {"amazon_polarity_fasttext_1k/test.ft.txt"},
     {{0, 498}, {1, 502}},
     4.49,
     75.60,
     "647bf8123792a6f6ff9a857e0575868bf01da9e07e609d1e0983fe1b3a982866"},
    {"amazon-polarity",
     {"amazon_polarity_train1k/amazon_reviews.csv"},
     {{0, 538}, {1, 462}},
     4.26,
     77.46,
     "242617a301b500af5d752c09560e0aa75546f59755c422779bf8533c2340df31"},
    {"amazon-multi",
     {"amazon_multi_en/val.csv"},
     {{kNone, 1000}, {0, 2000}, {1, 2000}},
     4.54,
     34.50,
     "478b4a552cd86a211c1f9a3a769d49ef12bd56f9c3905435b06c7f583c270c42"},
    {"amazon-multi",
     {"amazon_multi_en/test.csv"},
     {{kNone, 1000}, {0, 2000}, {1, 2000}},
     4.56,
     33.93,
     "9d55e264f10f7be11d8120c082eaebbcfb9802395292732689f9c1b9f4595a0b"},
    {"amazon-earphones",
     {},
     {{kNone, 1503}, {0, 3432}, {1, 9402}},
     3.85,
     22.32,
     "67ab8f76150a43c01fa11ef2a38166e7b21ec8c6ea9fb231cbee3dc4179e1ed6"},
    {"ag-news",
     {"ag_news_csv/test.csv"},
     {{0, 1900}, {1, 1900}, {2, 1900}, {3, 1900}},
     6.76,
     31.08,
     "dcf0bb48e5a1ff3060144a406ba60dcde02384e938393a8cb2a69d65814364e9"},
    {"sst2",
     {"glue/SST-2/train.tsv"},
     {{0, 29780}, {1, 37569}},
     0.00,
     9.41,
     "112d6da4f8021bd6f9f53a8f36c379b0fcad35890630664a71ce2a7d7a39a4d4"},
    {"sst2",
     {"glue/SST-2/dev.tsv"},
     {{0, 428}, {1, 444}},
     0.00,
     19.55,
     "b07be13c77a99099dc8de572d4536df1c7b53e5add4eb8391902982c45e6dd41"},
    {"sst2",
     {"glue/SST-2/test-labeled.tsv"},
     {{0, 917}, {1, 904}},
     0.00,
     19.23,
     "c4b09f17242f6fd00806f910b520fbb1f22343c53d3364bc05f0270d8322e903"},
    {"cola",
     {"glue/CoLA/train.tsv"},
     {{0, 2528}, {1, 6023}},
     0.00,
     7.70,
     "c3eda3f8dd69bd9c6b555c86833b9a37413f1213e384c2e555722626bbe60c1a"},
    {"cola",
     {"glue/CoLA/dev.tsv"},
     {{0, 322}, {1, 721}},
     0.00,
     7.92,
     "3c7b2546211f6aabcfbe80bc114631ab1a5202b8da9c9db7cc684136f65640c7"},
    {"rte",
     {"glue/RTE/train.tsv"},
     {{0, 1249}, {1, 1241}},
     43.57,
     8.79,
     "cd61ebafcb70030a691c5c5d652ec6328977cc392843780c018cc3afac87272e"},
    {"rte",
     {"glue/RTE/dev.tsv"},
     {{0, 146}, {1, 131}},
     42.39,
     8.40,
     "776fcc839e1f36964f5e2fe4e9e27c73c8bad2c97dc557a0c861e1d6a5090755"},
    {"qnli",
     {"glue/QNLI/dev.tsv"},
     {{0, 2702}, {1, 2761}},
     10.04,
     27.59,
     "6fa8988cc92275f7ffb87b4f1228ac6102a0889dc84c07d93f0273ab26912629"},
    {"mnist",
     {"mnist/train10k-images-idx3-ubyte.gz", "mnist/train10k-labels-idx1-ubyte.gz"},
     {{0, 1001},
      {1, 1127},
      {2, 991},
      {3, 1032},
      {4, 980},
      {5, 863},
      {6, 1014},
      {7, 1070},
      {8, 944},
      {9, 978}},
     0.00,
     784.00,
     "0774786cce880cd5041f391e3e101d2df67f3c59c91a14d007e8cb184ab66f62"},
    {"mnist",
     {"mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz"},
     {{0, 980},
      {1, 1135},
      {2, 1032},
      {3, 1010},
      {4, 982},
      {5, 892},
      {6, 958},
      {7, 1028},
      {8, 974},
      {9, 1009}},
     0.00,
     784.00,
     "e9e48507b378c054fd139770692276d58cac96d5e1b2453fb5e50f4a55cb858d"},
    {"imdb",
     {},
     {{0, 25000}, {1, 25000}},
     0.00,
     231.15,
     "9ef52831c47b3c52d5c41babbbd7da442fdeea4cc0868f595ddaf09629999c4d"},
};

std::vector<Review> RowsOf(const Content& content, const std::filesystem::path& folder) {
  DatasetRequest request{content.set, folder};
  for (const char* file : content.files) request.data_path.push_back((folder / file).string());
  auto rows = ReadRows(request);
  INFO(MessageOf(rows));
  REQUIRE(rows.ok());
  return std::move(rows).value();
}

std::string HashOf(const std::vector<Review>& rows) {
  Sha256 hash;
  for (const Review& row : rows) {
    for (const std::string& part :
         {row.title, row.body, std::to_string(row.label), std::to_string(row.stars)}) {
      hash.Add(part);
      hash.Add({"\0", 1});
    }
    hash.Add(row.domain);
    hash.Add("\n");
  }
  return hash.Hex();
}

double MeanWords(const std::vector<Review>& rows, std::string Review::*text) {
  std::vector<std::int64_t> lengths;
  for (const Review& row : rows) lengths.push_back(CountWords(row.*text));
  return ProfileOf(std::move(lengths)).mean;
}

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

}  // namespace

TEST_CASE("every file is decoded as an independent reader decodes it", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  for (const Content& content : kContents) {
    INFO(content.set << " " << (content.files.empty() ? "" : content.files.front()));
    const std::vector<Review> rows = RowsOf(content, *folder);
    std::int64_t expected = 0;
    for (const auto& [label, count] : content.of_label) {
      CHECK(std::count_if(rows.begin(), rows.end(), [wanted = label](const Review& row) {
              return row.label == wanted;
            }) == count);
      expected += count;
    }
    CHECK(static_cast<std::int64_t>(rows.size()) == expected);
    CHECK(MeanWords(rows, &Review::title) == Approx(content.title_words).margin(0.006));
    CHECK(MeanWords(rows, &Review::body) == Approx(content.body_words).margin(0.006));
    CHECK(HashOf(rows) == content.sha256);
  }
}

TEST_CASE("what is distinct in every set is what its README says", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  struct Size {
    const char* set;
    std::int64_t rows, kept, test;
  };
  for (const Size& size : {Size{"blitzer", 8000, 7854, 0},
                           {"amazon-polarity", 7000, 6989, 0},
                           {"amazon-multi", 10000, 8000, 4000},
                           {"amazon-pool", 25000, 22842, 0},
                           {"imdb", 50000, 49582, 24801},
                           {"sst2", 67349 + 872, 67850, 872},
                           {"cola", 8551 + 1043, 9555, 1039},
                           {"rte", 2490 + 277, 2765, 277},
                           {"mnist", 20000, 20000, 10000}}) {
    INFO(size.set);
    const Corpus corpus = CorpusOf({size.set, *folder});
    CHECK(corpus.counts.rows_read == size.rows);
    CHECK(corpus.counts.kept == size.kept);
    CHECK(CountPart(corpus, Part::kTest) == size.test);
  }
}

TEST_CASE("the pool of binary amazon reviews is balanced", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  const CorpusCounts counts = CorpusOf({"amazon-pool", *folder}).counts;
  CHECK(counts.neutral == 2000);
  CHECK(counts.kept_of == std::vector<std::int64_t>{11385, 11457});
}

TEST_CASE("stars are in balance where the publisher says so", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  DatasetRequest request{"amazon-multi", *folder};
  request.star_classes = StarClasses::kFive;
  CHECK(CorpusOf(request).counts.kept_of == std::vector<std::int64_t>(5, 2000));
}

TEST_CASE("half of a domain of blitzer is of either side", "[datasets][real]") {
  const auto folder = RealData();
  if (!folder) return;
  DatasetRequest request{"blitzer", *folder};
  for (const char* domain : {"books", "dvd", "electronics", "kitchen"}) {
    request.domain = domain;
    CHECK(CorpusOf(request).counts.rows_read == 2000);
  }
}
