#include "datasets/token_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "datasets/fingerprint.h"
#include "datasets/parameters.h"
#include "datasets/token_cache.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"

namespace sweepformer::datasets {
namespace {

/// What is asked of the tokens of a set and does not change them. A parameter that is not here
/// makes tokens of its own.
constexpr std::string_view kAskedOfTokens[] = {
    "split_seed", "valid_share", "test_share", "train_rows", "shuffle_labels", "second_test",
    "test_rows",  "input",       "max_length", "truncation", "vocab_size",     "min_count"};

/// All that decides what a set's tokens are, subwords apart.
Result<std::string> SourceOf(const Parameters& parameters, const DatasetRequest& request) {
  DatasetRequest alone = request;
  alone.second_test.clear();
  SF_ASSIGN(const std::string fingerprint, Fingerprint(alone));
  std::string source = fmt::format("data {}\n", fingerprint);
  for (const ParameterSpec& spec : DatasetParameters()) {
    if (std::count(std::begin(kAskedOfTokens), std::end(kAskedOfTokens), spec.name) > 0) continue;
    const bool given = IsGiven(parameters, spec.name);
    const Value& value = given ? parameters.find(spec.name)->second : spec.default_value;
    source += fmt::format("{} = {}\n", spec.name, FormatJson(value));
  }
  return source;
}

Result<std::string> SubwordSource(const SubwordTraining& training) {
  SF_ASSIGN(const std::string source, SourceOf(training.parameters, training.data));
  const SplitOptions& split = training.split;
  return fmt::format("{}subwords {} {}, input {}, split {} {} {} {}, by {}\n", source,
                     static_cast<int>(training.kind), training.vocab_size,
                     static_cast<int>(training.input), split.split_seed, split.valid_share,
                     split.test_share, split.train_rows.value_or(0), SubwordProgramStamp());
}

std::vector<std::string_view> TrainingTexts(const Corpus& corpus, const Split& split, Input input,
                                            EmptyTitle empty_title) {
  std::vector<std::string_view> texts;
  for (const std::int64_t i : split.train) {
    const Review& review = corpus.reviews[static_cast<std::size_t>(i)];
    if (input != Input::kBody) texts.push_back(TitleOf(review, empty_title));
    if (input != Input::kTitle) texts.push_back(review.body);
  }
  return texts;
}

Result<std::string> LearnSubwords(const SubwordTraining& training) {
  SF_ASSIGN(const Corpus corpus, Load(training.data));
  std::vector<SplitMember> members;
  for (const Review& review : corpus.reviews) members.push_back({ReviewKey(review), review.part});
  SF_ASSIGN(const Split split, SplitReviews(members, training.split));
  return TrainSubwords(training.kind, training.vocab_size,
                       TrainingTexts(corpus, split, training.input, training.data.empty_title));
}

/// The model from the cache, where it is learned only once. A file there is the XXH3-128 of its key
/// and the model, in hexadecimal, and the model.
Result<std::string> SubwordModel(const SubwordTraining& training, const std::string& source) {
  TokenCacheEntry entry = TokenCacheEntryOf(source);
  entry.path += ".model";
  constexpr std::size_t kHexDigits = 32;
  if (const auto cached = ReadFile(entry.path); cached.ok() && cached->size() > kHexDigits) {
    std::string model = cached->substr(kHexDigits);
    if (cached->substr(0, kHexDigits) == HashHex(entry.key + model)) return model;
  }
  SF_ASSIGN(std::string model, LearnSubwords(training));
  static_cast<void>(WriteFileAtomic(entry.path, HashHex(entry.key + model) + model));
  return model;
}

}  // namespace

Result<TokenTable> TokensOf(const Parameters& parameters, const DatasetRequest& request,
                            const TokenizerChoice& choice) {
  SF_ASSIGN(const std::string source, SourceOf(parameters, request));
  if (!choice.subwords) {
    return CachedTokens(TokenCacheEntryOf(source), [&]() -> Result<TokenizedCorpus> {
      SF_ASSIGN(const Corpus corpus, Load(request));
      return Tokenize(corpus, choice.tokenization, request.empty_title);
    });
  }
  SF_ASSIGN(const std::string subwords, SubwordSource(*choice.subwords));
  return CachedTokens(TokenCacheEntryOf(source + subwords), [&]() -> Result<TokenizedCorpus> {
    SF_ASSIGN(const std::string model, SubwordModel(*choice.subwords, subwords));
    SF_ASSIGN(const Corpus corpus, Load(request));
    return TokenizeSubwords(corpus, model, request.empty_title);
  });
}

std::vector<SplitMember> MembersOf(const TokenTable& tokens) {
  std::vector<SplitMember> members;
  for (std::int64_t i = 0; i < tokens.size(); ++i)
    members.push_back({tokens.row(i).key, static_cast<Part>(tokens.row(i).part)});
  return members;
}

}  // namespace sweepformer::datasets
