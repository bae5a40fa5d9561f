#pragma once

#include <optional>
#include <string>

#include "datasets/encode.h"
#include "datasets/request.h"
#include "datasets/split.h"
#include "datasets/subwords.h"
#include "datasets/token_table.h"

namespace sweepformer::datasets {

/// From what a subword tokenizer is learned: what `input` reads of a training part.
struct SubwordTraining {
  SubwordKind kind = SubwordKind::kUnigram;
  std::int64_t vocab_size = 0;
  Parameters parameters;  ///< those `data` is from
  DatasetRequest data;
  SplitOptions split;
  Input input = Input::kBody;
};

/// How texts are cut into tokens.
struct TokenizerChoice {
  Tokenization tokenization = Tokenization::kWord;
  std::optional<SubwordTraining> subwords;  ///< in its place
};

/// The tokens of `request` from the cache, made where they are not there. `parameters` are those
/// the request is from. Errors as Fingerprint, Load, and those of subwords.h.
Result<TokenTable> TokensOf(const Parameters& parameters, const DatasetRequest& request,
                            const TokenizerChoice& choice);

/// What SplitReviews needs of each review.
std::vector<SplitMember> MembersOf(const TokenTable& tokens);

}  // namespace sweepformer::datasets
