#include "datasets/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "datasets/catalog.h"
#include "datasets/parameters.h"
#include "datasets/random.h"
#include "datasets/token_source.h"

namespace sweepformer::datasets {
namespace {

/// Apart from the epochs, which number the streams that order the batches.
constexpr std::uint64_t kLabelStream = ~std::uint64_t{0};

/// How reviews become sequences.
struct Encoding {
  SequenceForm form;
  TokenizerChoice tokenizer;
  std::int64_t vocab_size = 0;
  std::int64_t min_count = 0;
};

Status ReadForm(const Parameters& parameters, const KnownSet& set, SequenceForm& form) {
  SF_ASSIGN(const std::string word, TextOf(parameters, "input"));
  const std::optional<Input> input = InputOfWord(word);
  if (!input) return InvalidArgument(fmt::format("input = '{}'; use title, body or both", word));
  if (*input != Input::kBody && !set.has_titles)
    return InvalidArgument(
        fmt::format("input = '{}', but {} has no titles; use body", word, set.name));
  form.input = *input;
  form.pairs = set.pairs && form.input == Input::kBoth;
  SF_ASSIGN(const std::int64_t max_length, IntegerOf(parameters, "max_length"));
  if (max_length < 1 || max_length > 1 << 20)
    return InvalidArgument(fmt::format("max_length = {} is not from 1 to {}", max_length, 1 << 20));
  form.max_length = static_cast<int>(max_length);
  if (!IsGiven(parameters, "truncation")) return {};
  SF_ASSIGN(const std::string kept, TextOf(parameters, "truncation"));
  const std::optional<Truncation> truncation = TruncationOfWord(kept);
  if (!truncation)
    return InvalidArgument(fmt::format("truncation = '{}'; use head, tail or head+tail", kept));
  form.truncation = *truncation;
  return {};
}

Status ReadTokenizer(const Parameters& parameters, const KnownSet& set, TokenizerChoice& choice) {
  choice.tokenization = Tokenization::kWhiteSpace;
  if (!set.tokens.empty()) return {};
  SF_ASSIGN(const std::string word, TextOf(parameters, "tokenizer"));
  if (const auto tokenization = TokenizationOfWord(word)) {
    choice.tokenization = *tokenization;
    return {};
  }
  const std::optional<SubwordKind> kind = SubwordKindOfWord(word);
  if (!kind)
    return InvalidArgument(
        fmt::format("tokenizer = '{}'; use word, character, byte, unigram or bpe", word));
  choice.subwords.emplace();
  choice.subwords->kind = *kind;
  return {};
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

Result<Encoding> EncodingFrom(const Parameters& parameters, const DatasetRequest& request,
                              const KnownSet& set, const SplitOptions& split) {
  Encoding encoding;
  SF_TRY(ReadForm(parameters, set, encoding.form));
  SF_TRY(ReadTokenizer(parameters, set, encoding.tokenizer));
  SF_ASSIGN(encoding.vocab_size, IntegerOf(parameters, "vocab_size"));
  SF_ASSIGN(encoding.min_count, IntegerOf(parameters, "min_count"));
  if (auto& subwords = encoding.tokenizer.subwords) {
    subwords->vocab_size = encoding.vocab_size;
    subwords->parameters = parameters;
    subwords->data = request;
    subwords->split = split;
    subwords->input = encoding.form.input;
  }
  return encoding;
}

Vocabulary ChooseVocabulary(const KnownSet& set, const TokenTable& tokens,
                            const std::vector<std::int64_t>& part, const Encoding& encoding) {
  if (!set.tokens.empty()) return Vocabulary::Of(set.tokens);
  if (encoding.tokenizer.subwords)
    return Vocabulary::Of(std::span(tokens.words()).subspan(kSpecialIds));
  if (encoding.tokenizer.tokenization == Tokenization::kByte) return Vocabulary::OfBytes();
  return Vocabulary::OfMostFrequent(tokens.words(), CountWords(tokens, part, encoding.form.input),
                                    encoding.vocab_size, encoding.min_count);
}

/// The id of each of the words of `tokens`.
std::vector<std::int32_t> IdsOf(const TokenTable& tokens, const Encoding& encoding,
                                const Vocabulary& vocabulary) {
  std::vector<std::int32_t> ids(tokens.words().size());
  if (encoding.tokenizer.subwords)
    std::iota(ids.begin(), ids.end(), 0);
  else
    std::transform(tokens.words().begin(), tokens.words().end(), ids.begin(),
                   [&](std::string_view word) { return vocabulary.Id(word); });
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

/// The keys of what a run learns from or chooses by.
std::unordered_set<std::uint64_t> LearnedKeys(const TokenTable& tokens, const Split& split) {
  std::unordered_set<std::uint64_t> keys;
  for (const auto* part : {&split.train, &split.valid})
    for (const std::int64_t i : *part) keys.insert(tokens.row(i).key);
  return keys;
}

/// The test part of the second set, but for what stands in `learned`; at most test_rows of it.
Result<SecondTest> PrepareSecond(const Parameters& parameters, const DatasetRequest& request,
                                 const Encoding& encoding, SplitOptions options,
                                 const Vocabulary& vocabulary,
                                 const std::unordered_set<std::uint64_t>& learned) {
  Parameters own = {{"dataset", request.name}};
  if (IsGiven(parameters, "tokenizer")) own["tokenizer"] = parameters.find("tokenizer")->second;
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  SequenceForm form;
  SF_TRY(ReadForm(parameters, *set, form));
  SF_ASSIGN(const TokenTable tokens, TokensOf(own, request, encoding.tokenizer));
  const std::optional<std::int64_t> most = std::exchange(options.test_rows, std::nullopt);
  options.train_rows.reset();
  options.valid_share = (1 - options.test_share) / 2;  // the first set's may leave nothing here
  SF_ASSIGN(Split split, SplitReviews(MembersOf(tokens), options));
  SecondTest second;
  second.also_learned = static_cast<std::int64_t>(std::erase_if(
      split.test, [&](std::int64_t i) { return learned.contains(tokens.row(i).key); }));
  if (split.test.empty())
    return InvalidArgument(
        fmt::format("second_test = '{}': all its {} test reviews stand in the training or "
                    "validation part; name another set",
                    request.name, second.also_learned));
  if (most) split.test.resize(std::min(split.test.size(), static_cast<std::size_t>(*most)));
  second.reviews = Encode(tokens, split.test, form, IdsOf(tokens, encoding, vocabulary));
  return second;
}

}  // namespace

Result<PreparedData> Prepare(const Parameters& parameters, std::int64_t seed,
                             const std::filesystem::path& data_folder) {
  SF_ASSIGN(const DatasetRequest request, RequestFrom(parameters, data_folder));
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  SF_ASSIGN(const SplitOptions options, SplitFrom(parameters));
  SF_ASSIGN(const Encoding encoding, EncodingFrom(parameters, request, *set, options));
  SF_ASSIGN(const TokenTable tokens, TokensOf(parameters, request, encoding.tokenizer));
  SF_ASSIGN(const Split split, SplitReviews(MembersOf(tokens), options));
  PreparedData data;
  data.vocabulary = ChooseVocabulary(*set, tokens, split.train, encoding);
  const std::vector<std::int32_t> ids = IdsOf(tokens, encoding, data.vocabulary);
  data.train = Encode(tokens, split.train, encoding.form, ids);
  data.valid = Encode(tokens, split.valid, encoding.form, ids);
  data.test = Encode(tokens, split.test, encoding.form, ids);
  data.test_items = ItemsOf(tokens, split.test, encoding.form.input);
  data.max_length = encoding.form.max_length;
  data.classes = static_cast<int>(tokens.counts().kept_of.size());
  data.pairs = encoding.form.pairs;
  data.counts = tokens.counts();
  if (!request.second_test.empty()) {
    SF_ASSIGN(data.second, PrepareSecond(parameters, SecondTestOf(request), encoding, options,
                                         data.vocabulary, LearnedKeys(tokens, split)));
  }
  SF_ASSIGN(const std::int64_t shuffle, IntegerOf(parameters, "shuffle_labels"));
  if (shuffle)
    Random::Of(static_cast<std::uint64_t>(seed), kLabelStream).Shuffle(data.train.labels());
  return data;
}

}  // namespace sweepformer::datasets
