#include "datasets/blitzer.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <map>

#include "datasets/lines.h"

namespace sweepformer::datasets {
namespace {

/// The values of one `<review>` by tag, with the lines they began at.
struct Block {
  std::size_t line = 0;
  std::map<std::string, std::string, std::less<>> values;
  std::map<std::string, std::size_t, std::less<>> lines;
};

bool IsTag(std::string_view line) {
  return line.size() > 2 && line.front() == '<' && line.back() == '>' &&
         line.find_first_of(" <>", 1) == line.size() - 1;
}

/// The label a file's name promises, or kNeutral where it promises none.
int LabelOfName(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  if (name == "positive.review") return 1;
  return name == "negative.review" ? 0 : kNeutral;
}

std::string DomainOf(const Block& block) {
  const auto type = block.values.find("product_type");
  if (type == block.values.end()) return {};
  return type->second.starts_with("kitchen") ? "kitchen" : type->second;
}

class BlitzerReader {
 public:
  BlitzerReader(std::string_view bytes, const std::string& file)
      : lines_(SkipByteOrderMark(bytes)), file_(file), promised_(LabelOfName(file)) {}

  Result<std::vector<Review>> ReadAll() {
    for (std::string_view line; lines_.Next(line);) {
      const std::string text = CollapseSpace(line);
      if (text.empty() || text == "<data>" || text == "</data>") continue;
      if (text != "<review>")
        return Bad(lines_.number(),
                   fmt::format("expected <review>, found {}; is this a file of the Multi-Domain "
                               "Sentiment set?",
                               Excerpt(text)));
      SF_ASSIGN(const Block block, ReadBlock());
      SF_ASSIGN(Review review, ReviewOf(block));
      reviews_.push_back(std::move(review));
    }
    if (reviews_.empty()) return Bad(1, "the file is empty; get it again");
    return std::move(reviews_);
  }

 private:
  Status Bad(std::size_t line, const std::string& what) const {
    return InvalidArgument(fmt::format("{}:{}: {}", file_, line, what));
  }

  Status CutOff(std::string_view tag, std::size_t begun) const {
    return Bad(begun, fmt::format("{} is never closed; the file seems cut off or damaged, get it "
                                  "again",
                                  tag));
  }

  /// From after `<review>` to after `</review>`.
  Result<Block> ReadBlock() {
    Block block;
    block.line = lines_.number();
    for (std::string_view line; lines_.Next(line);) {
      if (line == "</review>") return block;
      if (CollapseSpace(line).empty()) continue;
      if (!IsTag(line) || line[1] == '/' || line == "<review>")
        return Bad(lines_.number(),
                   fmt::format("expected a tag or </review>, found {}", Excerpt(line)));
      SF_TRY(ReadValue(std::string(line), block));
    }
    return CutOff("<review>", block.line);
  }

  /// From after `tag` to after its closing tag.
  Status ReadValue(const std::string& tag, Block& block) {
    const std::size_t begun = lines_.number();
    const std::string closing = "</" + tag.substr(1);
    const std::string name = tag.substr(1, tag.size() - 2);
    std::string value;
    for (std::string_view line; lines_.Next(line);) {
      if (line == closing) {
        block.values[name] = CollapseSpace(value);
        block.lines[name] = begun + 1;
        return {};
      }
      if (line == "</review>" || line == "<review>") break;
      value.append(line).append("\n");
    }
    return CutOff(tag, begun);
  }

  Result<double> RatingOf(const Block& block) const {
    const std::string& text = block.values.at("rating");
    double rating = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rating);
    if (error != std::errc() || end != text.data() + text.size() || !(rating >= 1 && rating <= 5))
      return Bad(block.lines.at("rating"),
                 fmt::format("rating {} is not a number from 1 to 5", Excerpt(text)));
    return rating;
  }

  Result<Review> ReviewOf(const Block& block) const {
    for (const char* tag : {"rating", "title", "review_text"})
      if (!block.values.contains(tag))
        return Bad(block.line, fmt::format("this review has no <{}>", tag));
    SF_ASSIGN(const double rating, RatingOf(block));
    const int label = rating > 3 ? 1 : rating < 3 ? 0 : kNeutral;
    if (promised_ != kNeutral && label != promised_)
      return Bad(block.lines.at("rating"),
                 fmt::format("rating {} does not belong in a file of this name; positive.review "
                             "holds ratings above 3, negative.review below",
                             rating));
    return Review{block.values.at("title"), block.values.at("review_text"), label,
                  static_cast<int>(rating), DomainOf(block)};
  }

  LineReader lines_;
  const std::string& file_;
  int promised_;
  std::vector<Review> reviews_;
};

}  // namespace

Result<std::vector<Review>> ReadBlitzer(std::string_view bytes, const std::string& file) {
  return BlitzerReader(bytes, file).ReadAll();
}

}  // namespace sweepformer::datasets
