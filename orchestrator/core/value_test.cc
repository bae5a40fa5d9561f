#include "orchestrator/core/value.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace sweepformer;

TEST_CASE("a whole real and the integer it equals have one canonical form", "[core]") {
  CHECK(Canonical(2.0) == Value(std::int64_t{2}));
  CHECK(Canonical(-0.0) == Value(std::int64_t{0}));
  CHECK(Canonical(2.5) == Value(2.5));
  CHECK(Canonical(1e300) == Value(1e300));
  CHECK(Canonical(std::string("2.0")) == Value(std::string("2.0")));
}

TEST_CASE("numbers are written at shortest round-trip precision", "[core]") {
  CHECK(FormatNumber(0.1) == "0.1");
  CHECK(FormatNumber(1.0 / 3) == "0.3333333333333333");
  CHECK(FormatNumber(std::numeric_limits<double>::infinity()) == "Infinity");
  CHECK(FormatNumber(std::nan("")) == "NaN");
}

TEST_CASE("JSON quotes what JSON cannot hold", "[core]") {
  CHECK(FormatJson(std::nan("")) == "\"NaN\"");
  CHECK(FormatJson(Value{}) == "null");
  CHECK(FormatJson(std::string("a\"b\\c\n\x01")) == "\"a\\\"b\\\\c\\n\\u0001\"");
}

TEST_CASE("typed text becomes a number only where all of it reads as one", "[core]") {
  CHECK(ParseValue("16") == Value(std::int64_t{16}));
  CHECK(ParseValue("1e-3") == Value(1e-3));
  CHECK(ParseValue("true") == Value(std::int64_t{1}));
  CHECK(ParseValue("16k") == Value(std::string("16k")));
  CHECK(ParseQuotable("0") == Value(std::int64_t{0}));
  CHECK(ParseQuotable("'0'") == Value(std::string("0")));
  CHECK(ParseQuotable("'") == Value(std::string("'")));
  CHECK(ParseValue("") == Value(std::string()));
}

TEST_CASE("texts are put in quotes where a number looks like one of them", "[core]") {
  const std::string one = "1", word = "b";
  std::vector<Value> column = {std::int64_t{1}, one, word, Value{}};
  TellApart(column);
  CHECK(column == std::vector<Value>{std::int64_t{1}, "'1'", "'b'", Value{}});
  for (const std::vector<Value>& plain :
       {std::vector<Value>{std::int64_t{2}, one}, std::vector<Value>{one, word},
        std::vector<Value>{std::int64_t{1}, 0.5}}) {
    column = plain;
    TellApart(column);
    CHECK(column == plain);
  }
}

TEST_CASE("names are compared without regard to case", "[core]") {
  Parameters parameters{{"D_Model", std::int64_t{64}}};
  CHECK(parameters.count(std::string_view("d_model")) == 1);
  CHECK(SameName("LR", "lr"));
  CHECK_FALSE(SameName("lr", "lr2"));
}
