#include "datasets/amazon_polarity.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

std::vector<Review> ReviewsOf(const std::string& bytes) {
  auto reviews = ReadAmazonPolarity(bytes, "a.csv");
  INFO(MessageOf(reviews));
  REQUIRE(reviews.ok());
  return std::move(reviews).value();
}

std::string ErrorOf(const std::string& bytes) {
  return MessageOf(ReadAmazonPolarity(bytes, "a.csv"));
}

const std::vector<Review> kTwo = {{"A find", "It works, I say.", 1, 0, ""},
                                  {"Waste", "Broke: at once", 0, 0, ""}};

}  // namespace

TEST_CASE("zhang's csv gives title and body apart", "[datasets][amazon]") {
  CHECK(ReviewsOf("\"2\",\"A find\",\"It works, I say.\"\n\"1\",\"Waste\",\"Broke: at once\"\n") ==
        kTwo);
}

TEST_CASE("zhang's escapes become the characters they stand for", "[datasets][amazon]") {
  const auto reviews = ReviewsOf(
      "\"2\",\"\"\"Best\"\" \\\"\"ever\\\"\"\",\"one\\ntwo \\\\ C:\\temp \"\"q\"\" \\\"\n");
  REQUIRE(reviews.size() == 1);
  CHECK(reviews[0].title == "\"Best\" \"ever\"");
  CHECK(reviews[0].body == "one two \\\\ C:\\temp \"q\" \\");
}

TEST_CASE("csv with a header is read whatever the order and case of its columns",
          "[datasets][amazon]") {
  CHECK(ReviewsOf("\"Sentiment\",\"Review\"\n\"Positive\",\"A find: It works, I say.\"\n"
                  "Negative,Waste: Broke: at once\n") == kTwo);
  CHECK(ReviewsOf("review,sentiment\r\n\"A find: It works, I say.\",2\r\n"
                  "Waste: Broke: at once,1\r\n") == kTwo);
  CHECK(ReviewsOf("id,REVIEW,x,sentiment\n7,\"A find: It works, I say.\",,POSITIVE\n"
                  "8,Waste: Broke: at once,,negative\n") == kTwo);
}

TEST_CASE("fasttext lines carry label, title and body", "[datasets][amazon]") {
  CHECK(ReviewsOf("__label__2 A find: It works, I say.\n\n__label__1 Waste: Broke: at once\r\n") ==
        kTwo);
  CHECK(ReviewsOf("\xEF\xBB\xBF__label__2 A find: It works, I say.\n").front() == kTwo.front());
}

TEST_CASE("backslashes are escapes in zhang's form only", "[datasets][amazon]") {
  CHECK(ReviewsOf("__label__2 t: C:\\new").front().body == "C:\\new");
  CHECK(ReviewsOf("review,sentiment\nt: C:\\new,2\n").front().body == "C:\\new");
}

TEST_CASE("title and body are parted at the first colon and blank", "[datasets][amazon]") {
  CHECK(SplitTitle("Great CD: My: lovely") ==
        std::pair<std::string, std::string>("Great CD", "My: lovely"));
  CHECK(SplitTitle("at 10:30 it broke") ==
        std::pair<std::string, std::string>("", "at 10:30 it broke"));
  CHECK(SplitTitle("Title only: ") == std::pair<std::string, std::string>("Title only", ""));
  CHECK(SplitTitle(": body only") == std::pair<std::string, std::string>("", "body only"));
}

TEST_CASE("an amazon review without title or without body is still a review",
          "[datasets][amazon]") {
  CHECK(ReviewsOf("\"1\",\"\",\"b\"\n").front() == Review{"", "b", 0, 0, ""});
  CHECK(ReviewsOf("__label__1\n").front() == Review{"", "", 0, 0, ""});
}

TEST_CASE("malformed amazon rows name file, line and what was expected", "[datasets][amazon]") {
  CHECK(ErrorOf("\"2\",\"t\",\"b\"\n\"2\",\"t\"\n") == "a.csv:2: expected 3 fields, found 2");
  CHECK(ErrorOf("\"2\",\"t\",\"b\nb\"\n\"3\",\"t\",\"b\"\n") ==
        "a.csv:3: column 1: '3' is no label; expected 1 or negative, 2 or positive");
  CHECK(ErrorOf("review,sentiment\nfine,neutral\n") ==
        "a.csv:2: column 2: 'neutral' is no label; expected 1 or negative, 2 or positive");
  CHECK(ErrorOf("__label__2 ok\n__label__3 no\n") ==
        "a.csv:2: expected __label__1 or __label__2 and a blank, found '__label__3 no'");
  CHECK(ErrorOf("__label__2 ok\nno label\n") ==
        "a.csv:2: expected __label__1 or __label__2 and a blank, found 'no label'");
}

TEST_CASE("a file in none of the amazon forms says which are known", "[datasets][amazon]") {
  CHECK(ErrorOf("name,price\nx,2\n") ==
        "a.csv:1: expected one of \"1|2\",\"title\",\"body\"; a header with sentiment and review; "
        "or __label__1|2 and text; found 'name,price'");
  CHECK(ErrorOf("\"3\",\"Fears\",\"Unions\"\n").starts_with("a.csv:1: expected one of"));
  CHECK(ErrorOf("") == "a.csv:1: the file is empty; get it again");
}

TEST_CASE("an amazon csv that ends after its header is refused", "[datasets][amazon]") {
  CHECK(ErrorOf("review,sentiment\n") == "a.csv:1: only a header is there; get the file again");
}
