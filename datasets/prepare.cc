#include "datasets/prepare.h"

#include <fmt/format.h>

#include "datasets/catalog.h"
#include "datasets/parameters.h"
#include "datasets/random.h"
#include "datasets/split.h"

namespace sweepformer::datasets {
namespace {

/// Apart from the epochs, which number the streams that order the batches.
constexpr std::uint64_t kLabelStream = ~std::uint64_t{0};

/// How reviews become sequences.
struct Encoding {
  Input input = Input::kBody;
  int max_length = 0;
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
  encoding.input = *input;
  SF_ASSIGN(encoding.tokenization, TokenizationFrom(parameters, set));
  SF_ASSIGN(const std::int64_t max_length, IntegerOf(parameters, "max_length"));
  if (max_length < 1 || max_length > 1 << 20)
    return InvalidArgument(fmt::format("max_length = {} is not from 1 to {}", max_length, 1 << 20));
  encoding.max_length = static_cast<int>(max_length);
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

/// After the split, which goes by the titles that there are.
void FillTitles(std::vector<Review>& reviews) {
  for (Review& review : reviews)
    if (CollapseSpace(review.title).empty()) review.title = review.body;
}

Vocabulary ChooseVocabulary(const KnownSet& set, const Corpus& corpus,
                            const std::vector<std::int64_t>& part, const Encoding& encoding) {
  if (!set.tokens.empty()) return Vocabulary::Of(set.tokens, encoding.tokenization);
  if (encoding.tokenization == Tokenization::kByte) return Vocabulary::OfBytes();
  TokenCounter counter(encoding.tokenization);
  for (const std::int64_t row : part)
    for (const auto text : TextsOf(corpus.reviews[static_cast<std::size_t>(row)], encoding.input))
      counter.Add(text);
  return counter.Choose(encoding.vocab_size, encoding.min_count);
}

EncodedReviews Encode(const Corpus& corpus, const std::vector<std::int64_t>& part,
                      const Encoding& encoding, const Vocabulary& vocabulary) {
  EncodedReviews encoded;
  for (const std::int64_t row : part)
    encoded.Append(corpus.reviews[static_cast<std::size_t>(row)], encoding.input, vocabulary,
                   encoding.max_length);
  return encoded;
}

std::vector<TestItem> ItemsOf(const Corpus& corpus, const std::vector<std::int64_t>& part,
                              const Encoding& encoding) {
  std::vector<TestItem> items;
  items.reserve(part.size());
  for (const std::int64_t row : part) {
    const Review& review = corpus.reviews[static_cast<std::size_t>(row)];
    items.push_back(
        {WholeLength(review, encoding.input, encoding.tokenization), review.stars, review.domain});
  }
  return items;
}

}  // namespace

Result<PreparedData> Prepare(const Parameters& parameters, std::int64_t seed,
                             const std::filesystem::path& data_folder) {
  SF_ASSIGN(const DatasetRequest request, RequestFrom(parameters, data_folder));
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  SF_ASSIGN(const Encoding encoding, EncodingFrom(parameters, *set));
  SF_ASSIGN(const SplitOptions options, SplitFrom(parameters));
  SF_ASSIGN(Corpus corpus, Load(request));
  SF_ASSIGN(const Split split, SplitReviews(corpus.reviews, options));
  if (request.empty_title == EmptyTitle::kBody) FillTitles(corpus.reviews);
  PreparedData data;
  data.vocabulary = ChooseVocabulary(*set, corpus, split.train, encoding);
  data.train = Encode(corpus, split.train, encoding, data.vocabulary);
  data.valid = Encode(corpus, split.valid, encoding, data.vocabulary);
  data.test = Encode(corpus, split.test, encoding, data.vocabulary);
  data.test_items = ItemsOf(corpus, split.test, encoding);
  data.max_length = encoding.max_length;
  data.classes = static_cast<int>(corpus.counts.kept_of.size());
  data.counts = corpus.counts;
  SF_ASSIGN(const std::int64_t shuffle, IntegerOf(parameters, "shuffle_labels"));
  if (shuffle)
    Random::Of(static_cast<std::uint64_t>(seed), kLabelStream).Shuffle(data.train.labels());
  return data;
}

}  // namespace sweepformer::datasets
