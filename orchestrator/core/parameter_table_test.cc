#include "orchestrator/core/parameter_table.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

namespace {

std::vector<Value> Row(Value a, Value b) { return {std::move(a), std::move(b)}; }

std::string JsonOf(const ParameterTable& table, std::size_t row) {
  std::string text;
  table.AppendJson(row, text);
  return text;
}

}  // namespace

TEST_CASE("a table gives back the rows it was given", "[core]") {
  ParameterTable table({"b", "A"});
  table.AddRow(Row(std::int64_t{1}, std::string("x")));
  table.AddRow(Row(std::int64_t{1}, {}));
  table.AddRow(Row(2.5, std::string("x")));
  REQUIRE(table.rows() == 3);
  CHECK(table.Row(0) == Parameters{{"A", std::string("x")}, {"b", std::int64_t{1}}});
  CHECK(table.Row(1) == Parameters{{"b", std::int64_t{1}}});
  CHECK(table.Row(2) == Parameters{{"A", std::string("x")}, {"b", 2.5}});
  CHECK(table.At(2, 0) == Value(2.5));
}

TEST_CASE("the JSON of a row has lower-case names in order and lacks what is absent", "[core]") {
  ParameterTable table({"b", "A"});
  table.AddRow(Row(std::int64_t{1}, std::string("x\"")));
  table.AddRow(Row({}, {}));
  table.AddRow(Row({}, std::int64_t{3}));
  CHECK(JsonOf(table, 0) == R"({"a":"x\"","b":1})");
  CHECK(JsonOf(table, 1) == "{}");
  CHECK(JsonOf(table, 2) == R"({"a":3})");
}

TEST_CASE("a table of one row has its values in canonical form", "[core]") {
  const auto table = ParameterTable::Of({{"x", 2.0}, {"y", -0.0}, {"z", Value()}});
  CHECK(table->Row(0) == Parameters{{"x", std::int64_t{2}}, {"y", std::int64_t{0}}});
}

TEST_CASE("a value that comes back after others is the same value", "[core]") {
  ParameterTable table({"x"});
  for (const std::int64_t x : {7, 8, 7, 9, 8, 7}) {
    const Value value(x);
    table.AddRow(std::span(&value, 1));
  }
  std::vector<double> read;
  for (std::size_t row = 0; row < table.rows(); ++row) read.push_back(AsDouble(table.At(row, 0)));
  CHECK(read == std::vector<double>{7, 8, 7, 9, 8, 7});
}
