#include "model/parameter_reader.h"

#include <catch2/catch.hpp>

#include "orchestrator/core/parameter_specs.h"
#include "orchestrator/core/run_config.h"

namespace sweepformer::model {
namespace {

std::vector<ParameterSpec> Specs() {
  std::vector<ParameterSpec> specs = {
      ChoiceSpec("attention", {"full", "linformer"}, ""),
      IntegerSpec("layers", std::int64_t{2}, 1, "", ""),
      NumberSpec("dropout", 0.1, 0, 0.99, ""),
      NumberSpec("compression", Value(), 1, std::nullopt, ""),
  };
  specs.back().when = "attention = 'linformer'";
  return specs;
}

/// The message that comes of reading everything but compression.
std::string Message(const Parameters& parameters) {
  ParameterReader reader(parameters, Specs());
  reader.Choice("attention");
  reader.Integer("layers");
  reader.Number("dropout");
  return reader.Finish().message();
}

TEST_CASE("parameters that are not given have their defaults", "[parameters]") {
  const Parameters none;
  ParameterReader reader(none, Specs());
  CHECK(reader.Text("attention") == "full");
  CHECK(reader.Integer("layers") == 2);
  CHECK(reader.Number("dropout") == 0.1);
  CHECK_FALSE(reader.OptionalNumber("compression").has_value());
  CHECK(reader.Finish().ok());
}

TEST_CASE("what was read is echoed in its canonical form", "[parameters]") {
  const Parameters given = {{"LAYERS", 3.0}, {"compression", Value()}};
  ParameterReader reader(given, Specs());
  reader.Integer("layers");
  reader.Take("attention");
  reader.Take("compression");
  REQUIRE(reader.Finish().ok());
  CHECK(CanonicalJson(reader.resolved()) == R"({"attention":"full","layers":3})");
}

TEST_CASE("a wrong value is refused with what was expected", "[parameters]") {
  CHECK(Message({{"layers", 2.5}}) ==
        "parameter 'layers' is 2.5: expected a whole number of at least 1");
  CHECK(Message({{"layers", std::int64_t{0}}}) ==
        "parameter 'layers' is 0: expected a whole number of at least 1");
  CHECK(Message({{"layers", 1e300}}).starts_with("parameter 'layers' is 1e+300"));
  CHECK(Message({{"layers", "two"}}) ==
        "parameter 'layers' is \"two\": expected a whole number of at least 1");
  CHECK(Message({{"dropout", 1.5}}) ==
        "parameter 'dropout' is 1.5: expected a number from 0 to 0.99");
  CHECK(Message({{"dropout", std::nan("")}}).starts_with("parameter 'dropout' is \"NaN\""));
  CHECK(Message({{"attention", "linfomer"}}) ==
        "parameter 'attention' is \"linfomer\": expected 'full' or 'linformer', did you mean "
        "'linformer'?");
}

TEST_CASE("a parameter without effect is refused with when it has one", "[parameters]") {
  CHECK(Message({{"compression", std::int64_t{4}}}) ==
        "parameter 'compression' has no effect here: it exists only when attention = 'linformer'; "
        "leave it out");
}

TEST_CASE("an unknown parameter is refused with a suggestion", "[parameters]") {
  CHECK(Message({{"layer", std::int64_t{4}}}) ==
        "unknown parameter 'layer', did you mean 'layers'?");
  CHECK(Message({{"zzz", std::int64_t{4}}}) ==
        "unknown parameter 'zzz'; --describe lists them all");
}

TEST_CASE("the first of several findings is the one that is told", "[parameters]") {
  const Parameters given = {{"layers", std::int64_t{-1}}, {"dropout", 7.0}};
  ParameterReader reader(given, Specs());
  reader.Number("dropout");
  reader.Note(InvalidArgument("another"));
  CHECK(reader.Integer("layers") == 0);
  CHECK(reader.status().message().starts_with("parameter 'dropout'"));
}

}  // namespace
}  // namespace sweepformer::model
