#include "datasets/listops.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_set>

#include "datasets/random.h"

namespace sweepformer::datasets {
namespace {

constexpr std::uint64_t kSeed = 20180406;
constexpr std::uint64_t kOperatorPercent = 25;

/// After so many trees without one that is wanted there is none, or too few to wait for.
constexpr int kMostDraws = 1'000'000;

constexpr std::array<std::string_view, 15> kTokens = {
    "[MIN", "[MAX", "[MED", "[SM", "]", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
enum Token : std::uint8_t { kMin, kMax, kMedian, kSumModulo, kEnd, kZero };
constexpr std::uint64_t kOperators = kEnd;

/// The value of an operator's arguments, which it may reorder.
int Apply(Token op, std::span<int> arguments) {
  switch (op) {
    case kMin: return *std::min_element(arguments.begin(), arguments.end());
    case kMax: return *std::max_element(arguments.begin(), arguments.end());
    case kSumModulo: return std::accumulate(arguments.begin(), arguments.end(), 0) % 10;
    default: break;
  }
  std::sort(arguments.begin(), arguments.end());
  const std::size_t half = arguments.size() / 2;
  return arguments.size() % 2 ? arguments[half] : (arguments[half - 1] + arguments[half]) / 2;
}

/// Draws one tree after another and keeps the tokens of the last.
class Tree {
 public:
  Tree(const ListOpsOptions& options, Random random)
      : options_(options),
        most_(static_cast<std::size_t>(options.max_length) - 1),
        random_(random) {}

  /// Its value, or -1 where it is too short or too long; in that case it is not drawn to the end.
  int Draw() {
    tokens_.clear();
    arguments_.clear();
    const int value = Node(1);
    return tokens_.size() > static_cast<std::size_t>(options_.min_length) ? value : kTooLong;
  }

  const std::vector<Token>& tokens() const { return tokens_; }

 private:
  static constexpr int kTooLong = -1;

  int Node(int depth) {
    if (depth == options_.max_depth || !random_.Percent(kOperatorPercent)) return Digit();
    const auto op = static_cast<Token>(random_.Below(kOperators));
    const auto count = 2 + random_.Below(static_cast<std::uint64_t>(options_.max_args) - 1);
    if (tokens_.size() + count + 2 > most_) return kTooLong;
    tokens_.push_back(op);
    const std::size_t first = arguments_.size();
    for (std::uint64_t i = 0; i < count; ++i) {
      const int value = Node(depth + 1);
      if (value == kTooLong) return kTooLong;
      arguments_.push_back(value);
    }
    if (tokens_.size() == most_) return kTooLong;
    tokens_.push_back(kEnd);
    const int value = Apply(op, std::span(arguments_).subspan(first));
    arguments_.resize(first);
    return value;
  }

  int Digit() {
    if (tokens_.size() == most_) return kTooLong;
    const auto digit = static_cast<int>(random_.Below(10));
    tokens_.push_back(static_cast<Token>(kZero + digit));
    return digit;
  }

  const ListOpsOptions& options_;
  std::size_t most_;
  Random random_;
  std::vector<Token> tokens_;
  std::vector<int> arguments_;  ///< of the operators that are open, the innermost last
};

std::string TextOf(const std::vector<Token>& tokens) {
  std::string text;
  text.reserve(3 * tokens.size());
  for (const Token token : tokens) {
    if (!text.empty()) text += ' ';
    text += kTokens[token];
  }
  return text;
}

/// The longest expression there is, or `enough` if that is less.
std::int64_t LongestLength(const ListOpsOptions& options, std::int64_t enough) {
  std::int64_t length = 1;
  for (int depth = 1; depth < options.max_depth && length < enough; ++depth)
    length = 2 + options.max_args * length;
  return std::min(length, enough);
}

Status Check(const ListOpsOptions& options) {
  if (options.max_depth < 1 || options.max_args < 2 || options.min_length < 0)
    return InvalidArgument(
        "listops needs listops_max_depth of 1, listops_max_args of 2, listops_min_length of 0 or "
        "more");
  if (options.max_length - options.min_length < 2)
    return InvalidArgument(fmt::format(
        "listops_min_length = {} and listops_max_length = {} leave no length between them",
        options.min_length, options.max_length));
  const std::int64_t longest = LongestLength(options, std::int64_t{options.min_length} + 1);
  if (longest > options.min_length) return {};
  return InvalidArgument(
      fmt::format("with listops_max_depth = {} and listops_max_args = {} no expression has more "
                  "than {} tokens, so none is longer than listops_min_length = {}",
                  options.max_depth, options.max_args, longest, options.min_length));
}

}  // namespace

std::span<const std::string_view> ListOpsTokens() { return kTokens; }

Result<std::vector<Review>> GenerateListOps(std::int64_t rows, const ListOpsOptions& options) {
  SF_TRY(Check(options));
  std::vector<Review> reviews;
  std::unordered_set<std::uint64_t> seen;
  while (static_cast<std::int64_t>(reviews.size()) < rows) {
    Tree tree(options, Random::Of(kSeed, reviews.size()));
    Review review;
    for (int draw = 0; draw < kMostDraws && review.label == kNeutral; ++draw) {
      const int value = tree.Draw();
      if (value < 0) continue;
      review.body = TextOf(tree.tokens());
      if (seen.insert(ReviewKey(review)).second) review.label = value;
    }
    if (review.label == kNeutral)
      return InvalidArgument(fmt::format(
          "listops: after {} of {} rows, {} draws gave no further expression of {} to {} tokens; "
          "ask for fewer rows, or allow other lengths, more depth or more arguments",
          reviews.size(), rows, kMostDraws, options.min_length + 1, options.max_length - 1));
    reviews.push_back(std::move(review));
  }
  return reviews;
}

}  // namespace sweepformer::datasets
