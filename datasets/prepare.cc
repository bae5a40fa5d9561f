#include "datasets/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "datasets/catalog.h"
#include "datasets/fingerprint.h"
#include "datasets/parameters.h"
#include "datasets/random.h"
#include "datasets/split.h"
#include "datasets/token_cache.h"

namespace sweepformer::datasets {
namespace {

/// Apart from the epochs, which number the streams that order the batches.
constexpr std::uint64_t kLabelStream = ~std::uint64_t{0};

/// How reviews become sequences.
struct Encoding {
  SequenceForm form;
  Tokenization tokenization = Tokenization::kWord;
  std::int64_t vocab_size = 0;
  std::int64_t min_count = 0;
};

Result<Tokenization> TokenizationFrom(const Parameters& parameters, const KnownSet& set) {
  if (!set.tokens.empty()) return Tokenization::kWhiteSpace;
  SF_ASSIGN(const std::string word, TextOf(parameters, "tokenizer"));
  const std::optional<Tokenization> tokenization = TokenizationOfWord(word);
  if (tokenization) return *tokenization;
  return InvalidArgument(fmt::format("tokenizer = '{}'; use word, character or byte", word));
}

Result<Encoding> EncodingFrom(const Parameters& parameters, const KnownSet& set) {
  Encoding encoding;
  SF_ASSIGN(const std::string word, TextOf(parameters, "input"));
  const std::optional<Input> input = InputOfWord(word);
  if (!input) return InvalidArgument(fmt::format("input = '{}'; use title, body or both", word));
  if (*input != Input::kBody && !set.has_titles)
    return InvalidArgument(
        fmt::format("input = '{}', but {} has no titles; use body", word, set.name));
  encoding.form.input = *input;
  SF_ASSIGN(encoding.tokenization, TokenizationFrom(parameters, set));
  SF_ASSIGN(const std::int64_t max_length, IntegerOf(parameters, "max_length"));
  if (max_length < 1 || max_length > 1 << 20)
    return InvalidArgument(fmt::format("max_length = {} is not from 1 to {}", max_length, 1 << 20));
  encoding.form.max_length = static_cast<int>(max_length);
  SF_ASSIGN(encoding.vocab_size, IntegerOf(parameters, "vocab_size"));
  SF_ASSIGN(encoding.min_count, IntegerOf(parameters, "min_count"));
  return encoding;
}

Result<SplitOptions> SplitFrom(const Parameters& parameters) {
  SplitOptions options;
  SF_ASSIGN(options.split_seed, IntegerOf(parameters, "split_seed"));
  SF_ASSIGN(options.valid_share, NumberOf(parameters, "valid_share"));
  SF_ASSIGN(options.test_share, NumberOf(parameters, "test_share"));
  for (const auto& [name, rows] :
       {std::pair("train_rows", &options.train_rows), std::pair("test_rows", &options.test_rows)}) {
    if (!IsGiven(parameters, name)) continue;
    SF_ASSIGN(*rows, IntegerOf(parameters, name));
  }
  return options;
}

/// What is asked of the tokens of a set and does not change them.
constexpr std::string_view kAskedOfTokens[] = {
    "split_seed", "valid_share", "test_share", "train_rows", "shuffle_labels",
    "input",      "max_length",  "vocab_size", "min_count",  "test_rows"};

/// All that decides what a set's tokens are.
std::string SourceOf(const Parameters& parameters, const std::string& fingerprint) {
  std::string source = fmt::format("data {}\n", fingerprint);
  for (const ParameterSpec& spec : DatasetParameters()) {
    if (std::count(std::begin(kAskedOfTokens), std::end(kAskedOfTokens), spec.name) > 0) continue;
    const bool given = IsGiven(parameters, spec.name);
    const Value& value = given ? parameters.find(spec.name)->second : spec.default_value;
    source += fmt::format("{} = {}\n", spec.name, FormatJson(value));
  }
  return source;
}

Result<TokenTable> TokensOf(const Parameters& parameters, const DatasetRequest& request,
                            Tokenization tokenization) {
  SF_ASSIGN(const std::string fingerprint, Fingerprint(request));
  const auto make = [&]() -> Result<TokenizedCorpus> {
    SF_ASSIGN(const Corpus corpus, Load(request));
    return Tokenize(corpus, tokenization, request.empty_title);
  };
  return CachedTokens(TokenCacheEntryOf(SourceOf(parameters, fingerprint)), make);
}

std::vector<SplitMember> MembersOf(const TokenTable& tokens) {
  std::vector<SplitMember> members;
  for (std::int64_t i = 0; i < tokens.size(); ++i)
    members.push_back({tokens.row(i).key, static_cast<Part>(tokens.row(i).part)});
  return members;
}

Vocabulary ChooseVocabulary(const KnownSet& set, const TokenTable& tokens,
                            const std::vector<std::int64_t>& part, const Encoding& encoding) {
  if (!set.tokens.empty()) return Vocabulary::Of(set.tokens, encoding.tokenization);
  if (encoding.tokenization == Tokenization::kByte) return Vocabulary::OfBytes();
  return Vocabulary::OfMostFrequent(tokens.words(), CountWords(tokens, part, encoding.form.input),
                                    encoding.vocab_size, encoding.min_count, encoding.tokenization);
}

std::vector<std::int32_t> IdsOf(const TokenTable& tokens, const Vocabulary& vocabulary) {
  std::vector<std::int32_t> ids;
  for (const std::string_view word : tokens.words()) ids.push_back(vocabulary.Id(word));
  return ids;
}

std::vector<TestItem> ItemsOf(const TokenTable& tokens, const std::vector<std::int64_t>& part,
                              Input input) {
  std::vector<TestItem> items;
  items.reserve(part.size());
  for (const std::int64_t i : part)
    items.push_back(
        {WholeLength(tokens, i, input), tokens.row(i).stars, std::string(tokens.DomainOf(i))});
  return items;
}

}  // namespace

Result<PreparedData> Prepare(const Parameters& parameters, std::int64_t seed,
                             const std::filesystem::path& data_folder) {
  SF_ASSIGN(const DatasetRequest request, RequestFrom(parameters, data_folder));
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  SF_ASSIGN(const Encoding encoding, EncodingFrom(parameters, *set));
  SF_ASSIGN(const SplitOptions options, SplitFrom(parameters));
  SF_ASSIGN(const TokenTable tokens, TokensOf(parameters, request, encoding.tokenization));
  SF_ASSIGN(const Split split, SplitReviews(MembersOf(tokens), options));
  PreparedData data;
  data.vocabulary = ChooseVocabulary(*set, tokens, split.train, encoding);
  const std::vector<std::int32_t> ids = IdsOf(tokens, data.vocabulary);
  data.train = Encode(tokens, split.train, encoding.form, ids);
  data.valid = Encode(tokens, split.valid, encoding.form, ids);
  data.test = Encode(tokens, split.test, encoding.form, ids);
  data.test_items = ItemsOf(tokens, split.test, encoding.form.input);
  data.max_length = encoding.form.max_length;
  data.classes = static_cast<int>(tokens.counts().kept_of.size());
  data.counts = tokens.counts();
  SF_ASSIGN(const std::int64_t shuffle, IntegerOf(parameters, "shuffle_labels"));
  if (shuffle)
    Random::Of(static_cast<std::uint64_t>(seed), kLabelStream).Shuffle(data.train.labels());
  return data;
}

}  // namespace sweepformer::datasets
