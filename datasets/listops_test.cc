#include "datasets/listops.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <sstream>

#include "datasets/fingerprint.h"
#include "datasets/prepare.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

constexpr ListOpsOptions kShort{5, 6, 20, 100};

std::vector<Review> Generated(std::int64_t rows, const ListOpsOptions& options = kShort) {
  auto reviews = GenerateListOps(rows, options);
  INFO(MessageOf(reviews));
  REQUIRE(reviews.ok());
  return std::move(reviews).value();
}

std::string RefusalOf(const ListOpsOptions& options, std::int64_t rows = 10) {
  return MessageOf(GenerateListOps(rows, options));
}

/// Reads an expression from its text, by the paper's definitions and not as it was drawn.
class Reader {
 public:
  explicit Reader(const std::string& text) : words_(text) {}

  /// The value of the next expression; it must be a whole one.
  int Evaluate(int depth = 1) {
    deepest_ = std::max(deepest_, depth);
    const std::string word = Word();
    if (word[0] != '[') return std::stoi(word);
    std::vector<int> values;
    while ((words_ >> std::ws).peek() != ']') values.push_back(Evaluate(depth + 1));
    REQUIRE(Word() == "]");
    most_arguments_ = std::max(most_arguments_, values.size());
    REQUIRE(values.size() >= 2);
    return Value(word, values);
  }

  bool AtEnd() { return (words_ >> std::ws).peek() == EOF; }
  std::int64_t length() const { return length_; }
  int deepest() const { return deepest_; }
  std::size_t most_arguments() const { return most_arguments_; }

 private:
  std::string Word() {
    std::string word;
    words_ >> word;
    ++length_;
    return word;
  }

  /// By counting: how many of the values lie below and above a candidate.
  static int Value(const std::string& op, const std::vector<int>& values) {
    std::array<int, 10> count{};
    int sum = 0;
    for (const int value : values) ++count.at(static_cast<std::size_t>(value)), sum += value;
    if (op == "[SM") return sum % 10;
    if (op == "[MED") {
      const int size = static_cast<int>(values.size());
      return (Ranked(count, (size - 1) / 2) + Ranked(count, size / 2)) / 2;
    }
    REQUIRE((op == "[MIN" || op == "[MAX"));
    return Ranked(count, op == "[MIN" ? 0 : static_cast<int>(values.size()) - 1);
  }

  static int Ranked(const std::array<int, 10>& count, int rank) {
    int value = 0;
    while (rank >= count[static_cast<std::size_t>(value)])
      rank -= count[static_cast<std::size_t>(value++)];
    return value;
  }

  std::istringstream words_;
  std::int64_t length_ = 0;
  int deepest_ = 0;
  std::size_t most_arguments_ = 0;
};

}  // namespace

TEST_CASE("the label of an expression is its value", "[datasets][listops]") {
  for (const ListOpsOptions& options : {kShort, ListOpsOptions{}, ListOpsOptions{3, 4, 2, 12}}) {
    for (const Review& review : Generated(200, options)) {
      Reader reader(review.body);
      CHECK(reader.Evaluate() == review.label);
      CHECK(reader.AtEnd());
    }
  }
}

TEST_CASE("the test's evaluator knows the paper's example and the median's rounding",
          "[datasets][listops]") {
  CHECK(Reader("[MAX 2 9 [MIN 4 7 ] 0 ]").Evaluate() == 9);
  CHECK(Reader("[MED 1 2 ]").Evaluate() == 1);
  CHECK(Reader("[MED 9 1 5 ]").Evaluate() == 5);
  CHECK(Reader("[SM 9 8 7 ]").Evaluate() == 4);
}

TEST_CASE("lengths, depth and arguments keep within their bounds and reach them",
          "[datasets][listops]") {
  std::int64_t shortest = 1000, longest = 0;
  int deepest = 0;
  std::size_t most_arguments = 0;
  for (const Review& review : Generated(3000)) {
    Reader reader(review.body);
    reader.Evaluate();
    shortest = std::min(shortest, reader.length());
    longest = std::max(longest, reader.length());
    deepest = std::max(deepest, reader.deepest());
    most_arguments = std::max(most_arguments, reader.most_arguments());
  }
  CHECK(shortest == kShort.min_length + 1);
  CHECK(longest == kShort.max_length - 1);
  CHECK(deepest == kShort.max_depth);
  CHECK(most_arguments == static_cast<std::size_t>(kShort.max_args));
}

TEST_CASE("nodes are drawn with the published probabilities", "[datasets][listops]") {
  // Without bounds on the length: expressions of two levels are operators over digits. Those of
  // 4 tokens have two arguments, a ninth of all; each operator is drawn in a quarter.
  const int rows = 20'000;
  std::array<int, 11> arguments{};
  int minima = 0, digits = 0, zeros = 0;
  for (const Review& review : Generated(rows, {2, 10, 6, 1000})) {
    const auto blanks = std::count(review.body.begin(), review.body.end(), ' ');
    ++arguments.at(static_cast<std::size_t>(blanks - 1));
    minima += review.body.starts_with("[MIN");
    digits += static_cast<int>(blanks - 1);
    zeros += static_cast<int>(std::count(review.body.begin(), review.body.end(), '0'));
  }
  const auto near = [](int count, int all, double share) {
    return std::abs(count - all * share) < 5 * std::sqrt(all * share * (1 - share));
  };
  for (std::size_t count = 5; count <= 10; ++count) CHECK(near(arguments[count], rows, 1.0 / 6));
  CHECK(near(minima, rows, 0.25));
  CHECK(near(zeros, digits, 0.1));
}

TEST_CASE("an operator stands in a quarter of all places where one may", "[datasets][listops]") {
  // One level of digits below the root: each of the root's arguments is an operator in a quarter
  // of all draws. All lengths are wanted, so none is drawn again but the lone digits.
  int places = 0, operators = 0;
  for (const Review& review : Generated(5000, {3, 10, 1, 1000})) {
    int depth = 0;
    std::istringstream words(review.body);
    for (std::string word; words >> word;) {
      places += depth == 1 && word != "]";
      operators += depth == 1 && word[0] == '[';
      depth += word[0] == '[' ? 1 : word == "]" ? -1 : 0;
    }
  }
  CHECK(std::abs(operators - 0.25 * places) < 5 * std::sqrt(places * 0.25 * 0.75));
}

TEST_CASE("every value occurs and none is a safe guess", "[datasets][listops]") {
  std::array<int, kListOpsClasses> count{};
  for (const Review& review : Generated(1000, {}))
    ++count.at(static_cast<std::size_t>(review.label));
  // 0 and 9 in 17 of 100 each: the outermost MIN and MAX have much to choose from.
  for (const int one : count) CHECK((one > 45 && one < 220));
  CHECK(count[0] + count[9] > 270);
}

TEST_CASE("expressions are distinct and fewer rows are the first of more", "[datasets][listops]") {
  const auto many = Generated(3000, {3, 3, 3, 14});
  std::set<std::string> bodies;
  for (const Review& review : many) CHECK(bodies.insert(review.body).second);
  const auto few = Generated(500, {3, 3, 3, 14});
  CHECK(std::equal(few.begin(), few.end(), many.begin()));
}

TEST_CASE("the first expressions never change", "[datasets][listops]") {
  const auto reviews = Generated(2, {3, 4, 5, 12});
  CHECK(reviews[0].body == "[MED 6 7 [MED 7 9 3 0 ] ]");
  CHECK(reviews[0].label == 6);
  CHECK(reviews[1].body == "[MAX 0 2 9 6 ]");
}

TEST_CASE("bounds that leave no expression are refused by name", "[datasets][listops]") {
  CHECK(RefusalOf({10, 10, 500, 501}) ==
        "listops_min_length = 500 and listops_max_length = 501 leave no length between them");
  CHECK(
      RefusalOf({3, 4, 100, 200}) ==
      "with listops_max_depth = 3 and listops_max_args = 4 no expression has more than 26 tokens, "
      "so none is longer than listops_min_length = 100");
  CHECK(RefusalOf({10, 1, 5, 20}).starts_with("listops needs"));
  CHECK(RefusalOf({10, 10, 0, 2}, 11)
            .starts_with("listops: after 10 of 11 rows, 1000000 draws gave no further expression "
                         "of 1 to 1 tokens"));
}

TEST_CASE("a fingerprint of listops tells all that decides the expressions",
          "[datasets][listops]") {
  std::set<std::string> prints;
  for (const Parameters& more : {Parameters{},
                                 {{"rows", std::int64_t{20}}},
                                 {{"listops_max_depth", std::int64_t{9}}},
                                 {{"listops_max_args", std::int64_t{9}}},
                                 {{"listops_min_length", std::int64_t{9}}},
                                 {{"listops_max_length", std::int64_t{900}}}}) {
    Parameters parameters = more;
    parameters["dataset"] = "listops";
    CHECK(prints.insert(Fingerprint(RequestFrom(parameters, "").value()).value()).second);
  }
}

TEST_CASE("listops is prepared with its own tokens, ten classes and no unknown one",
          "[datasets][listops]") {
  const auto data = Prepare({{"dataset", "listops"},
                             {"rows", std::int64_t{300}},
                             {"listops_max_depth", std::int64_t{4}},
                             {"listops_min_length", std::int64_t{10}},
                             {"listops_max_length", std::int64_t{50}}},
                            1, "");
  INFO(MessageOf(data));
  REQUIRE(data.ok());
  CHECK(data->classes == 10);
  CHECK(data->vocabulary.size() == kSpecialIds + 15);
  CHECK(data->train.truncated() == 0);
  CHECK(data->train.size() + data->valid.size() + data->test.size() == 300);
  for (const EncodedReviews* part : {&data->train, &data->valid, &data->test}) {
    for (std::int64_t i = 0; i < part->size(); ++i) {
      const auto ids = part->Sequence(i);
      CHECK(std::count(ids.begin(), ids.end(), kUnknown) == 0);
      CHECK((ids.size() > 11 && ids.size() < 51));  // [CLS] comes on top
    }
  }
  CHECK(data->test_items.size() == static_cast<std::size_t>(data->test.size()));
  CHECK(data->test_items[0].length == data->test.Length(0));
}
