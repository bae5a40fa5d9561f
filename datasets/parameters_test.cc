#include "datasets/parameters.h"

#include <catch2/catch.hpp>
#include <set>

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
    if (spec.type == ParameterType::kText && spec.choices.empty()) {
      CHECK(TextOf({}, spec.name).ok());
    } else if (spec.type == ParameterType::kText) {
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

namespace {

/// The names of the parameters that are active beside `given`.
std::set<std::string> ActiveWith(const Parameters& given) {
  std::set<std::string> names;
  Parameters earlier;
  for (const ParameterSpec& spec : DatasetParameters()) {
    if (!IsActive(spec.name, earlier)) continue;
    names.insert(spec.name);
    const auto value = given.find(spec.name);
    if (value != given.end())
      earlier[spec.name] = value->second;
    else if (!IsNull(spec.default_value))
      earlier[spec.name] = spec.default_value;
  }
  return names;
}

}  // namespace

TEST_CASE("a share of the test part is asked for where the publisher has made none",
          "[datasets][parameters]") {
  const auto draws = [](Parameters given) { return ActiveWith(given).contains("test_share"); };
  CHECK(draws({{"dataset", "blitzer"}}));
  CHECK(draws({{"dataset", "amazon-pool"}}));
  CHECK_FALSE(draws({{"dataset", "sst2"}}));
  CHECK(draws({{"dataset", "sst2"}, {"data_path", "train.tsv"}}));
  CHECK_FALSE(draws({{"dataset", "sst2"}, {"data_path", "a.tsv"}, {"test_path", "b.tsv"}}));
  CHECK_FALSE(draws({{"dataset", "imdb"}, {"data_path", "aclImdb.tar"}}));
}

TEST_CASE("parameters of one set are not active in another", "[datasets][parameters]") {
  CHECK(ActiveWith({{"dataset", "amazon-multi"}}).contains("star_classes"));
  CHECK_FALSE(ActiveWith({{"dataset", "amazon-polarity"}}).contains("star_classes"));
  CHECK_FALSE(ActiveWith({{"dataset", "amazon-pool"}}).contains("data_path"));
  CHECK_FALSE(ActiveWith({{"dataset", "imdb"}, {"data_path", "x"}}).contains("test_path"));
}
