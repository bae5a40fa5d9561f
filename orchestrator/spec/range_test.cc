#include "orchestrator/spec/range.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace sweepformer;

namespace {

std::string Listed(const Result<std::vector<Value>>& values) {
  REQUIRE(values.ok());
  std::string text;
  for (const Value& value : *values) text += (text.empty() ? "" : " ") + FormatValue(value);
  return text;
}

}  // namespace

TEST_CASE("stepped ranges are exact in decimals and include their end", "[spec]") {
  CHECK(Listed(SteppedRange(0.1, 0.5, 0.1)) == "0.1 0.2 0.3 0.4 0.5");
  CHECK(Listed(SteppedRange(1, 7, 2)) == "1 3 5 7");
  CHECK(Listed(SteppedRange(1, 0, -0.25)) == "1 0.75 0.5 0.25 0");
  CHECK(Listed(SteppedRange(0, 0.35, 0.1)) == "0 0.1 0.2 0.3");
  CHECK(Listed(SteppedRange(1e-5, 3e-5, 1e-5)) == "1e-05 2e-05 3e-05");
  CHECK(Listed(SteppedRange(5, 5, 1)) == "5");
}

TEST_CASE("a step that never arrives is refused", "[spec]") {
  CHECK(SteppedRange(1, 5, 0).status().message() == "step 0 never leads from 1 to 5");
  CHECK(SteppedRange(1, 5, -1).status().message() == "step -1 never leads from 1 to 5");
  CHECK_FALSE(SteppedRange(0, 1, 1e-9).ok());
  CHECK_FALSE(SteppedRange(0, 1, std::numeric_limits<double>::infinity()).ok());
  CHECK_FALSE(SteppedRange(0, std::numeric_limits<double>::infinity(), 1).ok());
}

TEST_CASE("a stepped range that doubles cannot hold exactly is refused", "[spec]") {
  CHECK_THAT(SteppedRange(1e300, 1e300, 1e-300).status().message(),
             Catch::Contains("too many to be exact"));
  CHECK_FALSE(SteppedRange(123456789.123, 123456790, 1e-12).ok());
}

TEST_CASE("a range that holds a value twice is refused", "[spec]") {
  CHECK(
      CountedRange(1, 1 + 1e-13, 2, Scale::kLinear).status().message() ==
      "2 values, rounded to 12 digits, give 1 twice; lower 'count' or move 'from' and 'to' apart");
  CHECK_FALSE(SampledRange(4, 4, 2, Scale::kLinear, 1).ok());
  CHECK(Listed(CountedRange(4, 4, 1, Scale::kLinear)) == "4");
}

TEST_CASE("counted ranges hit both ends, evenly on their scale", "[spec]") {
  CHECK(Listed(CountedRange(16, 256, 5, Scale::kLog)) == "16 32 64 128 256");
  CHECK(Listed(CountedRange(1e-4, 1e-2, 3, Scale::kLog)) == "0.0001 0.001 0.01");
  CHECK(Listed(CountedRange(0, 1, 5, Scale::kLinear)) == "0 0.25 0.5 0.75 1");
  CHECK(Listed(CountedRange(3, 9, 1, Scale::kLinear)) == "3");
  CHECK_FALSE(CountedRange(0, 1, 3, Scale::kLog).ok());
}

TEST_CASE("sampled ranges are fixed by their own rng", "[spec][stable]") {
  const std::string pinned = Listed(SampledRange(0, 1, 3, Scale::kLinear, 7));
  CHECK(pinned == "0.389829748391 0.0167882945282 0.900760680607");
  CHECK(Listed(SampledRange(0, 1, 3, Scale::kLinear, 8)) != pinned);
  CHECK(Listed(SampledRange(1e-5, 1e-1, 4, Scale::kLog, 42)) ==
        "0.00925250897609 4.36155719064e-05 0.000130138117746 0.000238101902798");
  CHECK(Listed(SampledRange(-2, 2, 2, Scale::kLinear, 0)) == "1.53324323285 -0.273888011806");
}
