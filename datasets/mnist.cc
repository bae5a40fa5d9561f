#include "datasets/mnist.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "datasets/idx.h"

namespace sweepformer::datasets {
namespace {

constexpr std::int64_t kMostPixels = 1 << 12;
constexpr int kDigits = 10;

/// The grey levels as text, and views of them.
struct Levels {
  std::array<std::string, 256> texts;
  std::array<std::string_view, 256> views;

  Levels() {
    for (std::size_t level = 0; level < texts.size(); ++level) {
      texts[level] = std::to_string(level);
      views[level] = texts[level];
    }
  }
};

const Levels& AllLevels() {
  static const Levels levels;
  return levels;
}

/// The grey level of the pixel that is shown in place `row`, `column` of a square image.
unsigned char Shown(std::string_view pixels, std::size_t side, std::size_t row, std::size_t column,
                    MnistImage image) {
  const auto at = [&](std::size_t r, std::size_t c) {
    return static_cast<unsigned char>(pixels[r * side + c]);
  };
  switch (image) {
    case MnistImage::kPlain: return at(row, column);
    case MnistImage::kQuantized: return at(row, column) >= 128 ? 255 : 0;
    case MnistImage::kRotated: return at(side - 1 - column, row);
    case MnistImage::kInverted: return static_cast<unsigned char>(255 - at(row, column));
  }
  return 0;
}

std::string TextOf(std::string_view pixels, std::size_t side, MnistImage image) {
  std::string text;
  text.reserve(pixels.size() * 3);
  for (std::size_t row = 0; row < side; ++row)
    for (std::size_t column = 0; column < side; ++column) {
      if (!text.empty()) text += ' ';
      text += AllLevels().views[Shown(pixels, side, row, column, image)];
    }
  return text;
}

Status Check(const Idx& images, const std::string& images_file, const Idx& labels,
             const std::string& labels_file) {
  const auto& size = images.dimensions;
  if (size.size() != 3 || labels.dimensions.size() != 1)
    return InvalidArgument(
        fmt::format("'{}' and '{}' have {} and {} dimensions; expected images, which have 3, and "
                    "their labels, which have 1",
                    images_file, labels_file, size.size(), labels.dimensions.size()));
  if (size[0] != labels.dimensions[0])
    return InvalidArgument(fmt::format("'{}' holds {} images, but '{}' {} labels", images_file,
                                       size[0], labels_file, labels.dimensions[0]));
  if (size[1] != size[2] || size[1] < 1 || size[1] * size[2] > kMostPixels)
    return InvalidArgument(
        fmt::format("{}: images of {} x {} pixels; expected squares of at most {}", images_file,
                    size[1], size[2], kMostPixels));
  return {};
}

Result<std::vector<Review>> ReadPair(const Idx& images, const Idx& labels,
                                     const std::string& labels_file, MnistImage image) {
  const auto side = static_cast<std::size_t>(images.dimensions[1]);
  std::vector<Review> rows;
  for (std::size_t i = 0; i < labels.values.size(); ++i) {
    const int label = static_cast<unsigned char>(labels.values[i]);
    if (label >= kDigits)
      return InvalidArgument(
          fmt::format("{}: label {} is {}, which is no digit", labels_file, i + 1, label));
    const std::string_view pixels = images.values.substr(i * side * side, side * side);
    Review row{"", TextOf(pixels, side, MnistImage::kPlain), label, 0, ""};
    if (image != MnistImage::kPlain) {
      row.original = ReviewKey(row);
      row.body = TextOf(pixels, side, image);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<std::string> MnistImageWords() { return {"plain", "quantized", "rotated", "inverted"}; }

std::span<const std::string_view> GreyLevels() { return AllLevels().views; }

Result<std::vector<Review>> ReadMnist(std::string_view one, const std::string& one_file,
                                      std::string_view other, const std::string& other_file,
                                      MnistImage image) {
  SF_ASSIGN(const Idx first, ReadIdx(one, one_file));
  SF_ASSIGN(const Idx second, ReadIdx(other, other_file));
  if (first.dimensions.size() < second.dimensions.size()) {
    SF_TRY(Check(second, other_file, first, one_file));
    return ReadPair(second, first, one_file, image);
  }
  SF_TRY(Check(first, one_file, second, other_file));
  return ReadPair(first, second, other_file, image);
}

}  // namespace sweepformer::datasets
