#include "datasets/request.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

Result<DatasetRequest> From(Parameters parameters) { return RequestFrom(parameters, "/data"); }

}  // namespace

TEST_CASE("a request without parameters asks for the generated set", "[datasets][request]") {
  const auto request = From({});
  REQUIRE(request.ok());
  CHECK(request->name == "synthetic-reviews");
  CHECK(request->rows == kDefaultRows);
  CHECK(request->domain == "all");
  CHECK(request->data_path.empty());
  CHECK(request->data_folder == "/data");
}

TEST_CASE("data_path is one path or a list of them", "[datasets][request]") {
  CHECK(From({{"dataset", "blitzer"}, {"data_path", "a b.review"}})->data_path ==
        std::vector<std::string>{"a b.review"});
  CHECK(From({{"dataset", "blitzer"}, {"data_path", R"(["a","b"])"}})->data_path ==
        std::vector<std::string>{"a", "b"});
}

TEST_CASE("a data_path that is neither says what to type", "[datasets][request]") {
  for (const char* path : {"[\"a\", 2]", "[\"a\"", "[]", "[2]"}) {
    const auto request = From({{"dataset", "blitzer"}, {"data_path", path}});
    CHECK(request.status().code() == Code::kInvalidArgument);
    CHECK(MessageOf(request) == std::string("data_path = ") + path +
                                    " is not a path or a list of paths; type \"a.csv\" or "
                                    "[\"a.csv\", \"b.csv\"]");
  }
}

TEST_CASE("a generated set has no files to name", "[datasets][request]") {
  CHECK(MessageOf(From({{"data_path", "a.csv"}})) ==
        "data_path = a.csv names files, but synthetic-reviews is generated; leave data_path out");
}

TEST_CASE("an unknown data set is not found and a near one suggested", "[datasets][request]") {
  const auto request = From({{"dataset", "blitzr"}});
  CHECK(request.status().code() == Code::kNotFound);
  CHECK(MessageOf(request).starts_with(
      "unknown data set 'blitzr', did you mean 'blitzer'?; known are 'synthetic-reviews', "
      "'blitzer', "));
}

TEST_CASE("a domain must be one of the set's", "[datasets][request]") {
  CHECK(From({{"dataset", "blitzer"}, {"domain", "kitchen"}})->domain == "kitchen");
  CHECK(MessageOf(From({{"dataset", "blitzer"}, {"domain", "kitchn"}})) ==
        "domain = 'kitchn' is none of blitzer, did you mean 'kitchen'?; use 'all', 'books', 'dvd', "
        "'electronics' or 'kitchen'");
  CHECK(MessageOf(From({{"dataset", "amazon-polarity"}, {"domain", "books"}})) ==
        "domain = 'books', but amazon-polarity has no domains; leave domain out");
}

TEST_CASE("values of another type are refused by name", "[datasets][request]") {
  CHECK(MessageOf(From({{"rows", "many"}})) == "rows = \"many\" is not a whole number");
  CHECK(MessageOf(From({{"rows", 2.5}})) == "rows = 2.5 is not a whole number");
  CHECK(MessageOf(From({{"dataset", std::int64_t{3}}})) == "dataset = 3 is not text");
  CHECK(From({{"rows", 20.0}})->rows == 20);
}
