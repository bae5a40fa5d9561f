#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

#include "datasets/ag_news.h"
#include "datasets/amazon_polarity.h"
#include "datasets/amazon_reviews.h"
#include "datasets/blitzer.h"
#include "datasets/custom.h"
#include "datasets/glue.h"
#include "datasets/imdb.h"
#include "datasets/random.h"
#include "datasets/testing.h"

// Files that were cut off or altered: a clear error, or rows that are those of the whole file.

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

constexpr int kCuts = 200;
constexpr int kFlips = 200;

using Reader = std::function<Result<std::vector<Review>>(std::string_view bytes)>;

/// Whether `cut` is the row `whole` or the beginning of it: where a format has no mark of a row's
/// end, its last field may be cut.
bool Begins(const Review& cut, const Review& whole) {
  if (cut.label != whole.label || cut.stars != whole.stars) return false;
  if (!whole.domain.starts_with(cut.domain)) return false;
  const bool packed = cut.title.empty() && (whole.title + ": " + whole.body).starts_with(cut.body);
  return packed || (whole.title.starts_with(cut.title) && whole.body.starts_with(cut.body));
}

bool IsPrefix(const std::vector<Review>& cut, const std::vector<Review>& whole) {
  if (cut.size() > whole.size()) return false;
  if (cut.empty()) return true;
  return std::equal(cut.begin(), cut.end() - 1, whole.begin()) &&
         Begins(cut.back(), whole[cut.size() - 1]);
}

/// Rows that the whole file has not.
std::ptrdiff_t CountNew(const std::vector<Review>& rows, const std::vector<Review>& whole) {
  return std::count_if(rows.begin(), rows.end(), [&](const Review& row) {
    return std::find(whole.begin(), whole.end(), row) == whole.end();
  });
}

void CheckCuts(const std::string& bytes, const std::vector<Review>& whole, const Reader& read) {
  Random random(bytes.size());
  for (int i = 0; i < kCuts; ++i) {
    const std::size_t at = random.Below(bytes.size());
    const auto rows = read(std::string_view(bytes).substr(0, at));
    INFO("cut at " << at << ": " << MessageOf(rows));
    if (rows.ok())
      CHECK(IsPrefix(*rows, whole));
    else
      CHECK(MessageOf(rows).starts_with("file"));
  }
}

/// A byte of text is as good as another: what must not happen is that more than its row changes.
void CheckFlips(const std::string& bytes, const std::vector<Review>& whole, const Reader& read) {
  Random random(bytes.size() + 1);
  for (int i = 0; i < kFlips; ++i) {
    std::string flipped = bytes;
    const std::size_t at = random.Below(bytes.size());
    flipped[at] = static_cast<char>(flipped[at] ^ static_cast<char>(1 + random.Below(255)));
    const auto rows = read(flipped);
    INFO("flipped at " << at << ": " << MessageOf(rows));
    if (!rows.ok()) {
      CHECK(MessageOf(rows).starts_with("file"));
      continue;
    }
    CHECK(rows->size() + 1 >= whole.size());
    CHECK(rows->size() <= whole.size() + 1);
    CHECK(CountNew(*rows, whole) <= 2);
  }
}

void CheckDamage(const std::string& bytes, const Reader& read) {
  const auto whole = read(bytes);
  INFO(MessageOf(whole));
  REQUIRE(whole.ok());
  REQUIRE_FALSE(whole->empty());
  CheckCuts(bytes, *whole, read);
  CheckFlips(bytes, *whole, read);
}

Reader Named(ReviewReader read) {
  return [read](std::string_view bytes) { return read(bytes, "file"); };
}

Reader Custom(TableFormat format) {
  return [format](std::string_view bytes) {
    CustomColumns columns;
    columns.format = format;
    columns.title = "title";
    columns.body = "text";
    columns.classes = {"no", "yes"};
    return ReadCustom(bytes, "file", columns);
  };
}

std::string Repeated(const std::string& head, const std::string& rows) {
  std::string text = head;
  for (int i = 0; i < 20; ++i) text += rows;
  return text;
}

/// The first rows of a file: as much as is read hundreds of times in a moment.
std::string Sample(const std::filesystem::path& path, std::string_view row_end) {
  constexpr std::size_t kBytes = 12'000;
  std::string bytes = ReadFile(path).value();
  const std::size_t end = bytes.find(row_end, kBytes);
  if (end != std::string::npos) bytes.resize(end + row_end.size());
  return bytes;
}

}  // namespace

TEST_CASE("tables cut off or altered give an error or what is whole", "[datasets][damage]") {
  CheckDamage(Repeated("title,text,label\n", "a,\"b, \"\"c\"\"\nd\",no\n\"e\",f,yes\n"),
              Custom(TableFormat::kCsv));
  CheckDamage(Repeated("title\ttext\tlabel\n", "a\tb \"c\tno\r\ne\tf\tyes\n"),
              Custom(TableFormat::kTsv));
  CheckDamage(Repeated("",
                       "{\"title\": \"a\", \"text\": \"b \\\"c\\u00e9\", \"label\": \"no\"}\n"
                       "{\"text\": \"f\", \"label\": \"yes\", \"title\": null}\n"),
              Custom(TableFormat::kJsonLines));
}

TEST_CASE("real files cut off or altered give an error or what is whole",
          "[datasets][damage][real]") {
  const auto folder = RealData();
  if (!folder) return;
  struct File {
    const char* path;
    ReviewReader read;
    const char* row_end = "\n";
  };
  for (const File& file :
       {File{"amazon_blitzer/sorted_data_acl/books/positive.review", ReadBlitzer, "</review>\n"},
        {"amazon_blitzer/sorted_data_acl/dvd/negative.review", ReadBlitzer, "</review>\n"},
        {"amazon_polarity_5k/amazon_reviews_sample.csv", ReadAmazonPolarity},
        {"amazon_polarity_fasttext_1k/test.ft.txt", ReadAmazonPolarity},
        {"amazon_polarity_train1k/amazon_reviews.csv", ReadAmazonPolarity},
        {"amazon_multi_en/val.csv", ReadAmazonMulti, "\nen_"},
        {"amazon_multi_en/test.csv", ReadAmazonMulti, "\nen_"},
        {"amazon_earphones/AllProductReviews.csv", ReadAmazonEarphones, ",boAt Rockerz 255\r\n"},
        {"ag_news_csv/test.csv", ReadAgNews},
        {"glue/SST-2/train.tsv", ReadSst2},
        {"glue/SST-2/dev.tsv", ReadSst2},
        {"glue/SST-2/test-labeled.tsv", ReadSst2},
        {"glue/CoLA/train.tsv", ReadCola},
        {"glue/CoLA/dev.tsv", ReadCola},
        {"glue/RTE/train.tsv", ReadRte},
        {"glue/RTE/dev.tsv", ReadRte},
        {"glue/QNLI/dev.tsv", ReadQnli}}) {
    INFO(file.path);
    std::string sample = Sample(*folder / file.path, file.row_end);
    if (sample.ends_with("\nen_")) sample.resize(sample.size() - 3);
    CheckDamage(sample, Named(file.read));
  }
}

TEST_CASE("compressed files cut off or altered are never taken for whole",
          "[datasets][damage][real]") {
  const auto folder = RealData();
  if (!folder) return;
  const TemporaryFolder scratch;
  for (const char* name :
       {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte.gz",
        "train10k-images-idx3-ubyte.gz", "train10k-labels-idx1-ubyte.gz"}) {
    INFO(name);
    const auto content = [](const std::filesystem::path& path) -> Result<std::string> {
      SF_ASSIGN(const auto stream, OpenFile(path));
      return ReadAll(*stream);
    };
    const std::string bytes = ReadFile(*folder / "mnist" / name).value();
    const std::string whole = content(*folder / "mnist" / name).value();
    Random random(bytes.size());
    const std::size_t reach = std::min<std::size_t>(bytes.size(), 60'000);  // a cut is met early
    for (int i = 0; i < kCuts; ++i) {
      const auto cut = content(scratch.Write("f", bytes.substr(0, random.Below(reach))));
      CHECK((!cut.ok() || cut->size() < 2));  // gzip's mark was cut: nothing tells what it was
    }
    for (int i = 0; i < (bytes.size() > reach ? 20 : kFlips); ++i) {
      std::string flipped = bytes;
      const std::size_t at = 10 + random.Below(bytes.size() - 10);  // what follows gzip's header
      flipped[at] = static_cast<char>(flipped[at] ^ static_cast<char>(1 + random.Below(255)));
      const auto read = content(scratch.Write("f", flipped));
      CHECK((!read.ok() || *read == whole));
    }
  }
}

TEST_CASE("an archive of imdb cut off or altered is refused", "[datasets][damage][real]") {
  const auto folder = RealData();
  if (!folder) return;
  const TemporaryFolder scratch;
  const std::string bytes = ReadFile(*folder / "imdb/aclImdb.tar.xz").value();
  Random random(1);
  for (int i = 0; i < kCuts; ++i) {
    const auto path = scratch.Write("cut.tar.xz", bytes.substr(0, random.Below(40'000)));
    const auto rows = ReadImdb(path);
    REQUIRE_FALSE(rows.ok());
    CHECK(MessageOf(rows).starts_with(path.string()));
  }
  for (int i = 0; i < 40; ++i) {
    std::string flipped = bytes.substr(0, 200'000);
    flipped[random.Below(flipped.size())] ^= 0x55;
    CHECK_FALSE(ReadImdb(scratch.Write("flipped.tar.xz", flipped)).ok());
  }
}
