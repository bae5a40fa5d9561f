#include "datasets/blitzer.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

std::string Block(const std::string& rating, const std::string& title, const std::string& text,
                  const std::string& type = "books") {
  return "<review>\n<unique_id>\n1:x:y\n</unique_id>\n<product_type>\n" + type +
         "\n</product_type>\n<rating>\n" + rating + "\n</rating>\n<title>\n" + title +
         "\n</title>\n<review_text>\n" + text + "\n</review_text>\n</review>\n";
}

std::vector<Review> ReviewsOf(const std::string& bytes, const std::string& file = "a.review") {
  auto reviews = ReadBlitzer(bytes, file);
  INFO(MessageOf(reviews));
  REQUIRE(reviews.ok());
  return std::move(reviews).value();
}

std::string ErrorOf(const std::string& bytes, const std::string& file = "a.review") {
  return MessageOf(ReadBlitzer(bytes, file));
}

}  // namespace

TEST_CASE("blitzer blocks become reviews with label, stars and domain", "[datasets][blitzer]") {
  const auto reviews = ReviewsOf("<data>\n" + Block("5.0", "A  find", "Two\n\nparts.") +
                                 Block("1", "", "Bad", "kitchen & housewares") + "</data>\n");
  CHECK(reviews ==
        std::vector<Review>{{"A find", "Two parts.", 1, 5, "books"}, {"", "Bad", 0, 1, "kitchen"}});
}

TEST_CASE("three stars take no side in blitzer", "[datasets][blitzer]") {
  const auto reviews =
      ReviewsOf(Block("2.0", "t", "b") + Block("3.0", "t", "b") + Block("4.0", "t", "b"));
  CHECK(reviews[0].label == 0);
  CHECK(reviews[1].label == kNeutral);
  CHECK(reviews[2].label == 1);
}

TEST_CASE("raw ampersands, markup and control characters in blitzer values are kept",
          "[datasets][blitzer]") {
  const auto reviews =
      ReviewsOf(Block("5.0", "R&B <3", "a & b &quot;\x01\x1A <i>x</i>\n<not a tag>\n<br />"));
  REQUIRE(reviews.size() == 1);
  CHECK(reviews[0].title == "R&B <3");
  CHECK(reviews[0].body == "a & b &quot;\x01\x1A <i>x</i> <not a tag> <br />");
}

TEST_CASE("blitzer files with a byte order mark and windows line ends read the same",
          "[datasets][blitzer]") {
  const std::string plain = Block("5.0", "t", "b");
  std::string windows = "\xEF\xBB\xBF";
  for (const char c : plain) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(ReviewsOf(windows) == ReviewsOf(plain));
}

TEST_CASE("a malformed blitzer block is reported with its line", "[datasets][blitzer]") {
  CHECK(ErrorOf("title,text\n") ==
        "a.review:1: expected <review>, found 'title,text'; is this a file of the Multi-Domain "
        "Sentiment set?");
  CHECK(ErrorOf("<review>\nloose text\n</review>\n") ==
        "a.review:2: expected a tag or </review>, found 'loose text'");
  CHECK(ErrorOf("<review>\n<rating>\n5.0\n</rating>\n<title>\nt\n</title>\n</review>\n") ==
        "a.review:1: this review has no <review_text>");
  CHECK(ErrorOf(Block("5.0", "t", "b") + "<review>\n<rating>\n5.0\n</review>\n") ==
        "a.review:19: <rating> is never closed; the file seems cut off or damaged, get it again");
  CHECK(ErrorOf("<review>\n<review>\n") ==
        "a.review:2: expected a tag or </review>, found '<review>'");
}

TEST_CASE("a blitzer file cut at any line inside a block is refused", "[datasets][blitzer]") {
  const std::string whole = Block("5.0", "t", "b");
  for (std::size_t end = whole.find('\n'); end + 1 < whole.size(); end = whole.find('\n', end + 1))
    CHECK(ErrorOf(whole.substr(0, end + 1)).find("cut off") != std::string::npos);
}

TEST_CASE("blitzer ratings must be numbers from 1 to 5", "[datasets][blitzer]") {
  CHECK(ErrorOf(Block("great", "t", "b")) ==
        "a.review:9: rating 'great' is not a number from 1 to 5");
  CHECK(ErrorOf(Block("6.0", "t", "b")) == "a.review:9: rating '6.0' is not a number from 1 to 5");
  CHECK(ErrorOf(Block("nan", "t", "b")) == "a.review:9: rating 'nan' is not a number from 1 to 5");
  CHECK(ErrorOf(Block("5.0 stars", "t", "b")) != "");
}

TEST_CASE("a blitzer file's name must agree with its ratings", "[datasets][blitzer]") {
  CHECK(ReviewsOf(Block("4.0", "t", "b"), "books/positive.review").size() == 1);
  CHECK(ErrorOf(Block("2.0", "t", "b"), "books/positive.review") ==
        "books/positive.review:9: rating 2 does not belong in a file of this name; positive.review "
        "holds ratings above 3, negative.review below");
  CHECK(ErrorOf(Block("3.0", "t", "b"), "negative.review") != "");
}

TEST_CASE("a blitzer file without reviews is refused", "[datasets][blitzer]") {
  for (const char* bytes : {"", "\n", "<data>\n</data>\n"})
    CHECK(ErrorOf(bytes, "positive.review") ==
          "positive.review:1: the file is empty; get it again");
}
