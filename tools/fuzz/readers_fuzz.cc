#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "datasets/ag_news.h"
#include "datasets/amazon_polarity.h"
#include "datasets/amazon_reviews.h"
#include "datasets/blitzer.h"
#include "datasets/custom.h"
#include "datasets/glue.h"
#include "datasets/mnist.h"

/// libFuzzer's targets: any bytes are a file of the form that FUZZED_FORM names, read by every
/// reader of that form. Nothing may crash, hang, give a label that is none, fail without a reason
/// or differ between two rounds; a CSV file must be the same in whatever pieces it comes.

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

using Rows = Result<std::vector<Review>>;

const std::string kFile = "file";
constexpr std::string_view kOneDimension("\0\0\x08\x01", 4);

/// Gives seven bytes at a time.
class Drops : public ByteStream {
 public:
  explicit Drops(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> Read(char* into, std::size_t size) override {
    return bytes_.Read(into, std::min<std::size_t>(size, 7));
  }

 private:
  MemoryStream bytes_;
};

void Require(bool holds) {
  if (!holds) std::abort();
}

void Check(const Rows& rows, const Rows& again, int classes) {
  Require(rows.ok() == again.ok());
  if (!rows.ok()) {
    Require(rows.status().message() == again.status().message());
    return Require(rows.status().message().starts_with(kFile) ||
                   rows.status().message().starts_with("'file'"));
  }
  Require(*rows == *again);
  for (const Review& row : *rows) Require(row.label >= kNeutral && row.label < classes);
}

void CheckReader(ReviewReader read, std::string_view bytes, int classes = 2) {
  Check(read(bytes, kFile), read(bytes, kFile), classes);
}

void CheckCustom(TableFormat format, std::string_view bytes) {
  CustomColumns columns;
  columns.format = format;
  columns.title = "title";
  columns.body = "text";
  columns.classes = {"no|1", "yes|2"};
  columns.dropped = {""};
  Check(ReadCustom(bytes, kFile, columns), ReadCustom(bytes, kFile, columns), 2);
  columns.classes.clear();
  Require(!ReadCustom(bytes, kFile, columns).ok());
}

Rows InDrops(std::string_view bytes) {
  std::vector<Review> rows;
  Drops drops(bytes);
  const Status status =
      VisitAmazonPolarity(drops, kFile, [&](Review row) { rows.push_back(std::move(row)); });
  if (!status.ok()) return status;
  return rows;
}

void CheckForm(std::string_view form, std::string_view bytes) {
  if (form == "csv") {
    Check(ReadAmazonPolarity(bytes, kFile), InDrops(bytes), 2);
    CheckReader(ReadAmazonMulti, bytes);
    CheckReader(ReadAmazonEarphones, bytes);
    CheckReader(ReadAgNews, bytes, 4);
    CheckCustom(TableFormat::kCsv, bytes);
  } else if (form == "tsv") {
    for (const ReviewReader read : {ReadSst2, ReadCola, ReadRte, ReadQnli})
      CheckReader(read, bytes);
    CheckCustom(TableFormat::kTsv, bytes);
  } else if (form == "jsonl") {
    CheckCustom(TableFormat::kJsonLines, bytes);
  } else if (form == "blitzer") {
    CheckReader(ReadBlitzer, bytes);
  } else {
    // Images, and labels from where a file of one dimension begins.
    const std::size_t labels = std::min(bytes.rfind(kOneDimension), bytes.size());
    const auto read = [&](MnistImage image) {
      return ReadMnist(bytes.substr(0, labels), kFile, bytes.substr(labels), kFile, image);
    };
    for (const auto image :
         {MnistImage::kPlain, MnistImage::kQuantized, MnistImage::kRotated, MnistImage::kInverted})
      Check(read(image), read(image), 10);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CheckForm(FUZZED_FORM, {reinterpret_cast<const char*>(data), size});
  return 0;
}
