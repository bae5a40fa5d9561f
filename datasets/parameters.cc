#include "datasets/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "datasets/catalog.h"
#include "datasets/request.h"

namespace sweepformer::datasets {
namespace {

ParameterSpec Text(std::string name, std::string default_value, std::vector<std::string> choices,
                   std::string doc) {
  ParameterSpec spec;
  spec.name = std::move(name);
  if (!default_value.empty()) spec.default_value = std::move(default_value);
  spec.choices = std::move(choices);
  spec.doc = std::move(doc);
  return spec;
}

ParameterSpec Number(std::string name, ParameterType type, Value default_value, double minimum,
                     double maximum, std::string doc) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.default_value = std::move(default_value);
  spec.minimum = minimum;
  spec.maximum = maximum;
  spec.doc = std::move(doc);
  return spec;
}

ParameterSpec Whole(std::string name, Value default_value, double minimum, double maximum,
                    std::string unit, std::string doc) {
  ParameterSpec spec = Number(std::move(name), ParameterType::kInteger, std::move(default_value),
                              minimum, maximum, std::move(doc));
  spec.unit = std::move(unit);
  return spec;
}

/// A condition on the values of 'dataset' and 'tokenizer' ("" where that is inactive), for those
/// who evaluate SQL and for those who do not.
struct Condition {
  const char* sql;
  bool (*holds)(std::string_view dataset, std::string_view tokenizer);
};

constexpr Condition kGenerated = {"dataset IN ('synthetic-reviews', 'listops')",
                                  [](std::string_view dataset, std::string_view) {
                                    return dataset == "synthetic-reviews" || dataset == "listops";
                                  }};
constexpr Condition kFromFiles = {
    "dataset NOT IN ('synthetic-reviews', 'listops')",
    [](std::string_view dataset, std::string_view) { return !kGenerated.holds(dataset, ""); }};
constexpr Condition kBlitzer = {
    "dataset = 'blitzer'",
    [](std::string_view dataset, std::string_view) { return dataset == "blitzer"; }};
constexpr Condition kListOps = {
    "dataset = 'listops'",
    [](std::string_view dataset, std::string_view) { return dataset == "listops"; }};
constexpr Condition kTokenized = {
    "dataset <> 'listops'",
    [](std::string_view dataset, std::string_view) { return dataset != "listops"; }};
constexpr Condition kTestDrawn = {
    "dataset <> 'imdb'",
    [](std::string_view dataset, std::string_view) { return dataset != "imdb"; }};
constexpr Condition kVocabularyChosen = {"dataset <> 'listops' AND tokenizer <> 'byte'",
                                         [](std::string_view, std::string_view tokenizer) {
                                           return tokenizer == "word" || tokenizer == "character";
                                         }};
constexpr Condition kConditions[] = {kGenerated, kFromFiles, kBlitzer,         kListOps,
                                     kTokenized, kTestDrawn, kVocabularyChosen};

ParameterSpec When(const Condition& condition, ParameterSpec spec) {
  spec.when = condition.sql;
  return spec;
}

constexpr double kMostRows = 1e9;

std::vector<std::string> BlitzerDomains() {
  std::vector<std::string> domains = DomainsOf(**FindSet("blitzer"));
  domains.insert(domains.begin(), std::string(kAllDomains));
  return domains;
}

std::vector<ParameterSpec> Source() {
  const ListOpsOptions listops;
  return {
      Text("dataset", std::string(kDefaultDataset), SetNames(), "which reviews are read"),
      When(kFromFiles,
           Text("data_path", "", {}, "a file, or a JSON list of files, in place of the set's own")),
      When(kBlitzer, Text("domain", std::string(kAllDomains), BlitzerDomains(),
                          "which products' reviews are used")),
      When(kGenerated, Whole("rows", kDefaultRows, 10, 1e7, "reviews", "how many are generated")),
      When(kListOps, Whole("listops_max_depth", Value(std::int64_t{listops.max_depth}), 2, 100, "",
                           "levels of an expression's tree, the digits' included")),
      When(kListOps, Whole("listops_max_args", Value(std::int64_t{listops.max_args}), 2, 1000, "",
                           "most arguments of an operator")),
      When(kListOps, Whole("listops_min_length", Value(std::int64_t{listops.min_length}), 0,
                           kLongestListOps, "tokens", "expressions are longer than this")),
      When(kListOps, Whole("listops_max_length", Value(std::int64_t{listops.max_length}), 2,
                           kLongestListOps, "tokens", "expressions are shorter than this")),
  };
}

std::vector<ParameterSpec> Division() {
  constexpr double kLargestSeed = 9007199254740991;  // 2^53 - 1
  return {
      Whole("split_seed", std::int64_t{0}, 0, kLargestSeed, "",
            "decides which reviews are for training, validation and test"),
      Number("valid_share", ParameterType::kNumber, 0.1, 0.001, 0.9,
             "share of the reviews that choices are made on; of imdb, of its training reviews"),
      When(kTestDrawn, Number("test_share", ParameterType::kNumber, 0.2, 0.001, 0.9,
                              "share of the reviews that the result is read from")),
      Whole("train_rows", Value(), 1, kMostRows, "reviews",
            "train on so many only; smaller sets lie inside larger ones"),
      Number("shuffle_labels", ParameterType::kBoolean, std::int64_t{0}, 0, 1,
             "permute the training labels: a control that must end at chance"),
  };
}

std::vector<ParameterSpec> Encoding() {
  return {
      Text("input", "body", {"title", "body", "both"}, "what of a review the model reads"),
      When(kTokenized, Text("tokenizer", "word", {"word", "character", "byte"},
                            "what a text is cut into: lower-case words and marks, or as it stands "
                            "into characters or bytes")),
      Whole("max_length", std::int64_t{128}, 2, 1 << 20, "tokens",
            "longer inputs lose their end; the leading [CLS] counts"),
      When(kVocabularyChosen, Whole("vocab_size", std::int64_t{20000}, 5, 1 << 24, "tokens",
                                    "most distinct tokens, the four special ones included")),
      When(kVocabularyChosen, Whole("min_count", std::int64_t{2}, 1, kMostRows, "",
                                    "a token that occurs less often in training is unknown")),
  };
}

Result<Value> ValueOf(const Parameters& parameters, std::string_view name) {
  const auto given = parameters.find(name);
  if (given != parameters.end() && !IsNull(given->second)) return given->second;
  for (const ParameterSpec& spec : DatasetParameters())
    if (SameName(spec.name, name) && !IsNull(spec.default_value)) return spec.default_value;
  return InvalidArgument(fmt::format("{} is needed and has no default", name));
}

Status WrongType(std::string_view name, const Value& value, std::string_view expected) {
  return InvalidArgument(fmt::format("{} = {} is not {}", name, FormatJson(value), expected));
}

}  // namespace

std::vector<ParameterSpec> DatasetParameters() {
  std::vector<ParameterSpec> all;
  for (const auto& group : {Source(), Division(), Encoding()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::vector<ParameterCheck> DatasetChecks() {
  return {{"valid_share + test_share < 1",
           "valid_share and test_share leave nothing to train on; their sum must be below 1"},
          {"dataset NOT IN ('imdb', 'listops') OR input = 'body'",
           "imdb and listops have no titles; use input = 'body'"},
          {"listops_max_length - listops_min_length > 1",
           "listops_min_length and listops_max_length leave no length between them"}};
}

bool IsActive(const ParameterSpec& spec, const Parameters& earlier) {
  if (spec.when.empty()) return true;
  const auto word = [&](const char* name) {
    const auto found = earlier.find(name);
    return found == earlier.end() ? "" : FormatValue(found->second);
  };
  const auto condition = std::find_if(std::begin(kConditions), std::end(kConditions),
                                      [&](const Condition& one) { return spec.when == one.sql; });
  return condition != std::end(kConditions) && condition->holds(word("dataset"), word("tokenizer"));
}

bool IsGiven(const Parameters& parameters, std::string_view name) {
  const auto given = parameters.find(name);
  return given != parameters.end() && !IsNull(given->second);
}

Result<std::string> TextOf(const Parameters& parameters, std::string_view name) {
  SF_ASSIGN(const Value value, ValueOf(parameters, name));
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return WrongType(name, value, "text");
}

Result<std::int64_t> IntegerOf(const Parameters& parameters, std::string_view name) {
  SF_ASSIGN(const Value value, ValueOf(parameters, name));
  const Value canonical = Canonical(value);
  if (const auto* number = std::get_if<std::int64_t>(&canonical)) return *number;
  return WrongType(name, value, "a whole number");
}

Result<double> NumberOf(const Parameters& parameters, std::string_view name) {
  SF_ASSIGN(const Value value, ValueOf(parameters, name));
  if (std::holds_alternative<std::string>(value)) return WrongType(name, value, "a number");
  return AsDouble(value);
}

}  // namespace sweepformer::datasets
