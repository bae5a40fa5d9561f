#include "model/description.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "model/parameter_reader.h"

namespace sweepformer::model {
namespace {

/// The identifiers in an SQL condition that are neither keywords nor inside a string.
std::set<std::string> NamesIn(const std::string& condition) {
  static const std::set<std::string> kKeywords = {"IS",   "NOT", "NULL",    "OR", "AND",
                                                  "CAST", "AS",  "INTEGER", "IN"};
  std::set<std::string> names;
  std::string word;
  bool quoted = false;
  for (const char c : condition + " ") {
    if (c == '\'') quoted = !quoted;
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) || c == '_';
    if (letter && !quoted) {
      word += c;
      continue;
    }
    const bool name = !word.empty() && !std::isdigit(static_cast<unsigned char>(word.front()));
    if (name && !kKeywords.contains(word)) names.insert(word);
    word.clear();
  }
  return names;
}

TEST_CASE("every parameter is declared once, with a valid default and a line of text",
          "[description]") {
  const WorkerDescription description = Describe();
  std::set<std::string> names;
  const Parameters nothing;
  ParameterReader reader(nothing, description.parameters);
  for (const ParameterSpec& spec : description.parameters) {
    CAPTURE(spec.name);
    CHECK(names.insert(spec.name).second);
    CHECK_FALSE(spec.doc.empty());
    reader.Take(spec.name);
    if (spec.type == ParameterType::kText && IsNull(spec.default_value)) continue;
    CHECK(reader.status().ok());
  }
}

TEST_CASE("every condition names declared parameters only", "[description]") {
  const WorkerDescription description = Describe();
  std::vector<std::string> conditions;
  for (const auto& one : description.parameters) conditions.push_back(one.when);
  for (const auto& one : description.metrics) conditions.push_back(one.when);
  for (const auto& one : description.checks) conditions.push_back(one.require);
  for (const std::string& condition : conditions) {
    for (const std::string& name : NamesIn(condition)) {
      CAPTURE(condition, name);
      CHECK(description.FindParameter(name) != nullptr);
    }
  }
}

TEST_CASE("every metric is declared once and apart from the parameters", "[description]") {
  const WorkerDescription description = Describe();
  std::set<std::string> names;
  for (const MetricSpec& metric : description.metrics) {
    CAPTURE(metric.name);
    CHECK(names.insert(metric.name).second);
    CHECK(description.FindParameter(metric.name) == nullptr);
    CHECK_FALSE(metric.doc.empty());
  }
}

TEST_CASE("the design's final metrics are all there", "[description]") {
  const WorkerDescription description = Describe();
  for (const char* name :
       {"valid_accuracy", "test_accuracy", "test_loss", "best_epoch", "parameters",
        "mixing_parameters", "effective_compression", "train_samples_per_second",
        "train_tokens_per_second", "infer_samples_per_second", "infer_tokens_per_second",
        "train_seconds", "cpu_seconds", "peak_rss_bytes", "peak_tensor_bytes"}) {
    CAPTURE(name);
    CHECK(description.FindMetric(name) != nullptr);
  }
}

}  // namespace
}  // namespace sweepformer::model
