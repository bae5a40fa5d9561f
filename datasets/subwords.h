#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/corpus.h"
#include "datasets/token_table.h"

namespace sweepformer::datasets {

/// How words are cut into pieces.
enum class SubwordKind {
  kUnigram,  ///< Kudo 2018, arXiv:1804.10959
  kBpe,      ///< byte-pair encoding, Sennrich et al. 2016, arXiv:1508.07909
};

/// unigram or bpe; nothing for any other word.
std::optional<SubwordKind> SubwordKindOfWord(std::string_view word);

/// Training reads so much text at most: the first of the training part, whose order is random.
inline constexpr std::size_t kSubwordTrainingBytes = std::size_t{8} << 20;

// SentencePiece (Kudo and Richardson 2018, arXiv:1808.06226), in a program of its own,
// `sweepformer-subwords` beside this one: its library holds another protobuf than LibTorch's, and a
// process with both crashes. Texts are lower-cased (nmt_nfkc_cf) and cleaned as by PlainText.
// NotFound if the program is not there, InvalidArgument with its reason if it fails.

/// Learns at most `vocab_size` pieces, the four special ones included, from `texts`. The same texts
/// give the same model, which is SentencePiece's own file format. One thread.
Result<std::string> TrainSubwords(SubwordKind kind, std::int64_t vocab_size,
                                  const std::vector<std::string_view>& texts);

/// Cuts all titles and bodies. Words are the model's pieces in the order of their ids, the special
/// ones (kPad, kUnknown, kCls, kSep) first: a token is its id.
Result<TokenizedCorpus> TokenizeSubwords(const Corpus& corpus, const std::string& model,
                                         EmptyTitle empty_title = EmptyTitle::kKeep);

/// Tells apart programs that may give other models; "" where there is none.
std::string SubwordProgramStamp();

}  // namespace sweepformer::datasets
