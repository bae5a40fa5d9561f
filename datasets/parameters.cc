#include "datasets/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "datasets/catalog.h"
#include "datasets/request.h"
#include "orchestrator/core/parameter_specs.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer::datasets {
namespace {

ParameterSpec Whole(std::string name, Value default_value, double minimum, double maximum,
                    std::string unit, std::string doc) {
  ParameterSpec spec = IntegerSpec(std::move(name), std::move(default_value), minimum,
                                   std::move(unit), std::move(doc));
  spec.maximum = maximum;
  return spec;
}

/// The text of an earlier parameter, "" where it is inactive or not given.
using WordOf = std::function<std::string(const char* name)>;

/// A condition on earlier parameters, for those who evaluate SQL and for those who do not.
struct Condition {
  std::string sql;
  std::function<bool(const WordOf& word)> holds;
};

using Names = std::vector<std::string_view>;

const Names kGenerated = {"synthetic-reviews", "listops"};
const Names kOwnTokens = {"mnist", "listops"};
const Names kStarred = {"amazon-multi", "amazon-earphones"};

/// With a test part of the publisher's, whichever of their files are read.
const Names kAlwaysSplit = {"imdb"};

/// With one where the publisher's files are read by their own names.
const Names kSplit = {"amazon-multi", "ag-news", "imdb", "sst2", "cola", "rte", "qnli", "mnist"};

const Names kUntitled = {"imdb", "sst2", "cola", "mnist", "listops"};
const Names kPairs = {"rte", "qnli"};

bool IsOneOf(const Names& names, std::string_view word) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

/// "'a', 'b'"
std::string Quoted(const Names& names) {
  std::string list;
  for (const std::string_view name : names)
    list += fmt::format("{}'{}'", list.empty() ? "" : ", ", name);
  return list;
}

Condition DatasetIn(const Names& names) {
  return {names.size() == 1 ? fmt::format("dataset = {}", Quoted(names))
                            : fmt::format("dataset IN ({})", Quoted(names)),
          [names](const WordOf& word) { return IsOneOf(names, word("dataset")); }};
}

Condition DatasetNotIn(const Names& names) {
  return {names.size() == 1 ? fmt::format("dataset <> {}", Quoted(names))
                            : fmt::format("dataset NOT IN ({})", Quoted(names)),
          [names](const WordOf& word) { return !IsOneOf(names, word("dataset")); }};
}

/// Files of any name can be read in place of the set's own.
Condition FromFiles() { return DatasetNotIn({"synthetic-reviews", "amazon-pool", "listops"}); }

/// A review may lack a title, and be read all the same.
Condition Titled() {
  return DatasetNotIn({"imdb", "sst2", "cola", "rte", "qnli", "mnist", "listops"});
}

Condition TestNamed() {
  return {fmt::format("data_path IS NOT NULL AND {}", DatasetNotIn(kAlwaysSplit).sql),
          [](const WordOf& word) {
            return !word("data_path").empty() && !IsOneOf(kAlwaysSplit, word("dataset"));
          }};
}

Condition TestDrawn() {
  return {fmt::format("test_path IS NULL AND ({} OR (data_path IS NOT NULL AND {}))",
                      DatasetNotIn(kSplit).sql, DatasetNotIn(kAlwaysSplit).sql),
          [](const WordOf& word) {
            if (!word("test_path").empty()) return false;
            const bool named = !word("data_path").empty();
            return !IsOneOf(named ? kAlwaysSplit : kSplit, word("dataset"));
          }};
}

Condition VocabularySized() {
  return {DatasetNotIn(kOwnTokens).sql + " AND tokenizer <> 'byte'", [](const WordOf& word) {
            return !word("tokenizer").empty() && word("tokenizer") != "byte";
          }};
}

Condition VocabularyCounted() {
  return {DatasetNotIn(kOwnTokens).sql + " AND tokenizer IN ('word', 'character')",
          [](const WordOf& word) {
            return word("tokenizer") == "word" || word("tokenizer") == "character";
          }};
}

/// A parameter, and when it is in use for those who do not evaluate its SQL.
struct Row {
  Row(ParameterSpec always) : spec(std::move(always)) {}

  ParameterSpec spec;
  std::function<bool(const WordOf& word)> holds = [](const WordOf&) { return true; };
};

Row When(const Condition& condition, ParameterSpec spec) {
  spec.when = condition.sql;
  Row row(std::move(spec));
  row.holds = condition.holds;
  return row;
}

constexpr double kMostRows = 1e9;

std::vector<std::string> BlitzerDomains() {
  std::vector<std::string> domains = DomainsOf(**FindSet("blitzer"));
  domains.insert(domains.begin(), std::string(kAllDomains));
  return domains;
}

std::vector<Row> Files() {
  return {
      TextSpec("dataset", std::string(kDefaultDataset), SetNames(), "which reviews are read"),
      When(FromFiles(), TextSpec("data_path", Value(), {},
                                 "a file, or a JSON list of files, in place of the set's own")),
      When(TestNamed(), TextSpec("test_path", Value(), {},
                                 "a file, or a JSON list of files, that is the test part of what "
                                 "data_path names")),
  };
}

/// What is in files of the user's own.
std::vector<Row> Columns() {
  const Condition custom = DatasetIn({kCustom});
  return {
      When(custom,
           TextSpec("data_format", "csv", TableFormatWords(),
                    "comma-separated, tab-separated without quoting, or a JSON object a line")),
      When(custom, TextSpec("title_column", Value(), {}, "which column, or key, is the title")),
      When(custom, TextSpec("body_column", Value(), {}, "which column, or key, is the body")),
      When(custom, TextSpec("title_separator", Value(), {},
                            "what parts title and body where body_column holds both, e.g. ': '")),
      When(custom, TextSpec("label_column", "label", {}, "which column, or key, is the label")),
      When(custom, TextSpec("label_values", Value(), {},
                            "the label of each class, a list from class 0 on; '1|2' is either")),
      When(custom, TextSpec("dropped_labels", Value(), {},
                            "a list of labels whose rows are dropped; '' for rows without one")),
  };
}

/// Which reviews are taken and as what.
std::vector<Row> Choice() {
  return {
      When(DatasetIn({kMnist}),
           TextSpec("mnist_image", "plain", MnistImageWords(),
                    "how images are shown: as they are, in two grey levels, turned "
                    "by 90 degrees, or inverted")),
      When(DatasetIn(kStarred),
           TextSpec("star_classes", "two", StarClassWords(),
                    "1-2 stars against 4-5, 1 against 5, 1-2 and 3 and 4-5, or each "
                    "a class; other stars are dropped")),
      When(Titled(),
           TextSpec("empty_title", Value(), EmptyTitleWords(),
                    "reviews without a title: kept as data, as they are unless this is given; "
                    "dropped; or given their body as title")),
      When(DatasetIn({"blitzer"}), TextSpec("domain", std::string(kAllDomains), BlitzerDomains(),
                                            "which products' reviews are used")),
  };
}

std::vector<Row> Generation() {
  const ListOpsOptions options;
  const Condition listops = DatasetIn({"listops"});
  return {
      When(DatasetIn(kGenerated),
           Whole("rows", kDefaultRows, 10, 1e7, "reviews", "how many are generated")),
      When(listops, Whole("listops_max_depth", Value(std::int64_t{options.max_depth}), 2, 100, "",
                          "levels of an expression's tree, the digits' included")),
      When(listops, Whole("listops_max_args", Value(std::int64_t{options.max_args}), 2, 1000, "",
                          "most arguments of an operator")),
      When(listops, Whole("listops_min_length", Value(std::int64_t{options.min_length}), 0,
                          kLongestListOps, "tokens", "expressions are longer than this")),
      When(listops, Whole("listops_max_length", Value(std::int64_t{options.max_length}), 2,
                          kLongestListOps, "tokens", "expressions are shorter than this")),
  };
}

/// All that are found by their name alone.
std::vector<std::string> SetsByName() {
  std::vector<std::string> names = SetNames();
  std::erase(names, kCustom);
  return names;
}

std::vector<Row> Division() {
  constexpr double kLargestSeed = 9007199254740991;  // 2^53 - 1
  ParameterSpec shuffle =
      FlagSpec("shuffle_labels", "permute the training labels: a control that must end at chance");
  shuffle.default_value = std::int64_t{0};  // part of the ids of runs
  return {
      Whole("split_seed", std::int64_t{0}, 0, kLargestSeed, "",
            "decides which reviews are for training, validation and test"),
      NumberSpec(
          "valid_share", 0.1, 0.001, 0.9,
          "share of the reviews that choices are made on; where the publisher has set a test part "
          "apart, of the others"),
      When(TestDrawn(), NumberSpec("test_share", 0.2, 0.001, 0.9,
                                   "share of the reviews that the result is read from")),
      Whole("train_rows", Value(), 1, kMostRows, "reviews",
            "train on so many only; smaller sets lie inside larger ones"),
      Whole("test_rows", Value(), 1, kMostRows, "reviews",
            "read the result from so many only; smaller sets lie inside larger ones"),
      TextSpec("second_test", Value(), SetsByName(),
               "another set, labelled alike, whose test part is judged too: second_test_accuracy"),
      shuffle,
  };
}

std::vector<Row> Encoding() {
  return {
      TextSpec("input", "body", {"title", "body", "both"}, "what of a review the model reads"),
      When(DatasetNotIn(kOwnTokens),
           TextSpec(
               "tokenizer", "word", {"word", "character", "byte", "unigram", "bpe"},
               "what a text is cut into: lower-case words and marks; characters or bytes as they "
               "stand; subwords that SentencePiece learns from the training part (unigram, "
               "bpe)")),
      Whole("max_length", std::int64_t{128}, 2, 1 << 20, "tokens",
            "longer inputs are cut as truncation says; the leading [CLS] counts"),
      TextSpec("truncation", Value(), {"head", "tail", "head+tail"},
               "what is kept of longer inputs: the head where it is absent; of both, a quarter is "
               "head. Of a pair the longer sentence is cut first"),
      When(VocabularySized(), Whole("vocab_size", std::int64_t{20000}, 5, 1 << 24, "tokens",
                                    "most distinct tokens, the four special ones included")),
      When(VocabularyCounted(), Whole("min_count", std::int64_t{2}, 1, kMostRows, "",
                                      "a token that occurs less often in training is unknown")),
  };
}

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    for (const auto& group : {Files(), Columns(), Choice(), Generation(), Division(), Encoding()})
      Append(group, all);
    return all;
  }();
  return rows;
}

Result<Value> ValueOf(const Parameters& parameters, std::string_view name) {
  const auto given = parameters.find(name);
  if (given != parameters.end() && !IsNull(given->second)) return given->second;
  for (const auto& [spec, holds] : Rows())
    if (SameName(spec.name, name) && !IsNull(spec.default_value)) return spec.default_value;
  return InvalidArgument(fmt::format("{} is needed and has no default", name));
}

Status WrongType(std::string_view name, const Value& value, std::string_view expected) {
  return InvalidArgument(fmt::format("{} = {} is not {}", name, FormatJson(value), expected));
}

}  // namespace

std::vector<ParameterSpec> DatasetParameters() {
  std::vector<ParameterSpec> all;
  for (const Row& row : Rows()) all.push_back(row.spec);
  return all;
}

std::vector<ParameterCheck> DatasetChecks() {
  return {
      {"valid_share + test_share < 1",
       "valid_share and test_share leave nothing to train on; their sum must be below 1"},
      {DatasetNotIn(kUntitled).sql + " OR input = 'body'",
       JoinWords({kUntitled.begin(), kUntitled.end()}, "and", false) +
           " have no titles; use input = 'body'"},
      {"dataset <> 'custom' OR input = 'body' OR title_column IS NOT NULL OR title_separator IS "
       "NOT NULL",
       "the files have no titles; use input = 'body', or say where they are with title_column or "
       "title_separator"},
      {"dataset <> 'custom' OR input = 'title' OR body_column IS NOT NULL",
       "the files have no bodies; use input = 'title', or say where they are with body_column"},
      {DatasetNotIn(kPairs).sql + " OR input <> 'body'",
       "rte and qnli are pairs of sentences, the first as title; use input = 'both'"},
      {"listops_max_length - listops_min_length > 1",
       "listops_min_length and listops_max_length leave no length between them"}};
}

bool IsActive(std::string_view name, const Parameters& earlier) {
  const WordOf word = [&](const char* other) {
    const auto found = earlier.find(other);
    return found == earlier.end() ? "" : FormatValue(found->second);
  };
  const auto row = std::find_if(Rows().begin(), Rows().end(),
                                [&](const Row& one) { return one.spec.name == name; });
  return row != Rows().end() && row->holds(word);
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
