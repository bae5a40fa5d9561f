#include "datasets/mnist.h"

#include <catch2/catch.hpp>

#include "datasets/idx.h"
#include "datasets/prepare.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;
using namespace std::literals;

namespace {

/// An IDX file of these dimensions, each below 256.
std::string Idx8(const std::vector<int>& dimensions, std::string_view values) {
  std::string bytes = "\0\0\x08"s;
  bytes += static_cast<char>(dimensions.size());
  for (const int size : dimensions) {
    bytes.append(3, '\0');
    bytes += static_cast<char>(size);
  }
  return bytes.append(values);
}

const std::string kImages = Idx8({2, 2, 2}, "\x00\x01\x80\xff\x07\x07\x07\x07"sv);
const std::string kLabels = Idx8({2}, "\x03\x09");

/// A hundred digits of four pixels, shown in this way.
PreparedData HundredDigits(const std::string& image) {
  const TemporaryFolder folder;
  std::string values, labels;
  for (int i = 0; i < 100; ++i) {
    values += {static_cast<char>(i), '\1', '\2', static_cast<char>(255 - i)};
    labels += static_cast<char>(i % 10);
  }
  const std::string images = Idx8({100, 2, 2}, values);
  const auto write = [&](const char* name, const std::string& content) {
    return folder.Write(name, content).string();
  };
  auto data = Prepare({{"dataset", "mnist"},
                       {"mnist_image", image},
                       {"data_path", "[\"" + write("i", images) + "\",\"" +
                                         write("l", Idx8({100}, labels)) + "\"]"}},
                      1, "");
  INFO(MessageOf(data));
  REQUIRE(data.ok());
  return std::move(data).value();
}

std::string BodyOf(MnistImage image) {
  return ReadMnist(kImages, "i", kLabels, "l", image).value().front().body;
}

}  // namespace

TEST_CASE("an image is the sequence of its grey levels", "[datasets][mnist]") {
  const auto rows = ReadMnist(kImages, "i", kLabels, "l");
  REQUIRE(rows.ok());
  CHECK(*rows == std::vector<Review>{{"", "0 1 128 255", 3, 0, ""}, {"", "7 7 7 7", 9, 0, ""}});
  CHECK(ReadMnist(kLabels, "l", kImages, "i").value() == *rows);
}

TEST_CASE("an image can be shown in three other ways", "[datasets][mnist]") {
  CHECK(BodyOf(MnistImage::kQuantized) == "0 0 255 255");
  CHECK(BodyOf(MnistImage::kRotated) == "128 0 255 1");  // the left column becomes the top row
  CHECK(BodyOf(MnistImage::kInverted) == "255 254 127 0");
}

TEST_CASE("files of digits that do not belong together are refused", "[datasets][mnist]") {
  CHECK(
      MessageOf(ReadMnist(kImages, "i", kImages, "j")) ==
      "'i' and 'j' have 3 and 3 dimensions; expected images, which have 3, and their labels, which "
      "have 1");
  CHECK(MessageOf(ReadMnist(kImages, "i", Idx8({1}, "\x03"), "l")) ==
        "'i' holds 2 images, but 'l' 1 labels");
  CHECK(MessageOf(ReadMnist(kImages, "i", Idx8({2}, "\x03\x0a"), "l")) ==
        "l: label 2 is 10, which is no digit");
  CHECK(MessageOf(ReadMnist(Idx8({1, 1, 2}, "ab"), "i", Idx8({1}, "\x03"), "l")) ==
        "i: images of 1 x 2 pixels; expected squares of at most 4096");
}

TEST_CASE("an idx file is as long as its dimensions say", "[datasets][mnist]") {
  CHECK(ReadIdx(kLabels, "l")->values == "\x03\x09");
  CHECK(MessageOf(ReadIdx(Idx8({3}, "ab"), "l")) ==
        "l: holds 2 values, fewer than its dimensions say; get the file again");
  CHECK(MessageOf(ReadIdx(Idx8({1}, "ab"), "l")) ==
        "l: holds 2 values, more than its dimensions say; get the file again");
  CHECK(MessageOf(ReadIdx(kLabels.substr(0, 6), "l")) ==
        "l: cut off within its dimensions; get the file again");
  CHECK(MessageOf(ReadIdx("PK\3\4", "l")).starts_with("l: not an IDX file"));
  // 2^32 - 1 in four dimensions is no number of values.
  CHECK(MessageOf(ReadIdx("\0\0\x08\x04"s + std::string(16, '\xff'), "l"))
            .starts_with("l: holds 0 values, fewer"));
  CHECK(ReadIdx(Idx8({0, 5}, ""), "l").ok());
}

TEST_CASE("mnist is prepared with its own tokens and ten classes", "[datasets][mnist]") {
  const PreparedData data = HundredDigits("plain");
  CHECK(data.classes == 10);
  CHECK(data.vocabulary.size() == kSpecialIds + 256);
  CHECK(data.train.Length(0) == 1 + 4);
}

TEST_CASE("images stand in the same parts however they are shown", "[datasets][mnist]") {
  const PreparedData plain = HundredDigits("plain");
  CHECK(plain.counts.kept == 100);
  for (const std::string& word : MnistImageWords()) {
    INFO(word);
    const PreparedData data = HundredDigits(word);
    CHECK(data.counts == plain.counts);  // though images of two grey levels look alike
    CHECK(data.train.labels() == plain.train.labels());
    CHECK(data.valid.labels() == plain.valid.labels());
    CHECK(data.test.labels() == plain.test.labels());
  }
}
