#include "datasets/parameters.h"

#include <catch2/catch.hpp>

#include "datasets/request.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

TEST_CASE("a value that was given wins over the default", "[datasets][parameters]") {
  CHECK(*IntegerOf({}, "max_length") == 128);
  CHECK(*IntegerOf({{"Max_Length", std::int64_t{16}}}, "max_length") == 16);
  CHECK(*IntegerOf({{"max_length", Value()}}, "max_length") == 128);
  CHECK(*NumberOf({{"test_share", std::int64_t{1}}}, "test_share") == 1.0);
  CHECK(*TextOf({}, "input") == "body");
}

TEST_CASE("a parameter without a default must be given", "[datasets][parameters]") {
  CHECK_FALSE(IsGiven({}, "train_rows"));
  CHECK_FALSE(IsGiven({{"train_rows", Value()}}, "train_rows"));
  CHECK(IsGiven({{"train_rows", std::int64_t{1}}}, "TRAIN_ROWS"));
  CHECK(MessageOf(IntegerOf({}, "train_rows")) == "train_rows is needed and has no default");
}

TEST_CASE("every declared default can be read back and lies in its range",
          "[datasets][parameters]") {
  for (const ParameterSpec& spec : DatasetParameters()) {
    INFO(spec.name);
    CHECK_FALSE(spec.doc.empty());
    if (IsNull(spec.default_value)) continue;
    if (spec.type == ParameterType::kText) {
      CHECK(std::count(spec.choices.begin(), spec.choices.end(), *TextOf({}, spec.name)) == 1);
    } else {
      const auto number = NumberOf({}, spec.name);
      REQUIRE(number.ok());
      CHECK(*number >= spec.minimum.value());
      CHECK(*number <= spec.maximum.value());
    }
  }
}

TEST_CASE("every declared domain can be asked for", "[datasets][parameters]") {
  for (const ParameterSpec& spec : DatasetParameters()) {
    if (spec.name != "domain") continue;
    CHECK(spec.choices.size() == 5);
    for (const std::string& domain : spec.choices)
      CHECK(RequestFrom({{"dataset", "blitzer"}, {"domain", domain}}, "").ok());
  }
}
