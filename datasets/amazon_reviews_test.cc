#include "datasets/amazon_reviews.h"

#include <catch2/catch.hpp>

#include "datasets/star_classes.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

TEST_CASE("amazon multilingual is read as an extract and with the publisher's columns",
          "[datasets][amazon]") {
  const auto extract = ReadAmazonMulti(
      "id,text,label,label_text\nen_1,\"Title: one\n\nBody\n\nmore\",0,0\nen_2,\"t\n\nb\",2,2\n",
      "f");
  REQUIRE(extract.ok());
  CHECK(*extract ==
        std::vector<Review>{{"Title: one", "Body\n\nmore", 0, 1, ""}, {"t", "b", kNeutral, 3, ""}});
  const auto own = ReadAmazonMulti(
      "review_id,stars,review_body,review_title,product_category\n1,5,Body,Title,shoes\n", "f");
  REQUIRE(own.ok());
  CHECK(own->front() == Review{"Title", "Body", 1, 5, "shoes"});
}

TEST_CASE("earphones have line breaks in their fields and a product", "[datasets][amazon]") {
  const auto rows = ReadAmazonEarphones(
      "ReviewTitle,ReviewBody,ReviewStar,Product\n\"Good\n\",\"Two\nlines\n\",4,JBL T110BT\n", "f");
  REQUIRE(rows.ok());
  CHECK(rows->front() == Review{"Good\n", "Two\nlines\n", 1, 4, "JBL T110BT"});
}

TEST_CASE("a malformed row of amazon reviews is named with what was expected",
          "[datasets][amazon]") {
  CHECK(MessageOf(ReadAmazonMulti("id,text,label\n1,\"t\n\nb\",5\n", "f")) ==
        "f:2: column 3: '5' is no rating; expected 0 to 4");
  CHECK(MessageOf(ReadAmazonMulti("id,text,label\n1,no blank line,1\n", "f")) ==
        "f:2: no blank line parts title and body");
  CHECK(MessageOf(ReadAmazonMulti("id,txt,label\n", "f")) ==
        "f:1: no column 'text', did you mean 'txt'?; the header names 'id', 'txt', 'label'");
  CHECK(MessageOf(ReadAmazonEarphones("ReviewTitle,ReviewBody,ReviewStar,Product\nt,b,0,p\n",
                                      "f")) == "f:2: column 3: '0' is no rating; expected 1 to 5");
}

TEST_CASE("stars are as many classes as asked for", "[datasets][amazon]") {
  const auto labels = [](StarClasses classes) {
    std::vector<int> all;
    for (int stars = 1; stars <= 5; ++stars) all.push_back(LabelOfStars(stars, classes));
    return all;
  };
  CHECK(labels(StarClasses::kTwo) == std::vector<int>{0, 0, kNeutral, 1, 1});
  CHECK(labels(StarClasses::kExtremes) == std::vector<int>{0, kNeutral, kNeutral, kNeutral, 1});
  CHECK(labels(StarClasses::kThree) == std::vector<int>{0, 0, 1, 2, 2});
  CHECK(labels(StarClasses::kFive) == std::vector<int>{0, 1, 2, 3, 4});
  for (const auto classes :
       {StarClasses::kTwo, StarClasses::kExtremes, StarClasses::kThree, StarClasses::kFive}) {
    const auto all = labels(classes);
    CHECK(static_cast<int>(NamesOf(classes).size()) ==
          *std::max_element(all.begin(), all.end()) + 1);
  }
}

TEST_CASE("a file of amazon reviews that ends after its header is refused", "[datasets][amazon]") {
  CHECK(MessageOf(ReadAmazonMulti("id,text,label\n", "f")) ==
        "f:1: only a header is there; get the file again");
}
