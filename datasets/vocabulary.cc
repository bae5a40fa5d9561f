#include "datasets/vocabulary.h"

#include <algorithm>
#include <utility>

namespace sweepformer::datasets {

Vocabulary Vocabulary::OfBytes() {
  Vocabulary vocabulary;
  vocabulary.tokenization_ = Tokenization::kByte;
  for (int byte = 0; byte < 256; ++byte)
    vocabulary.ids_.emplace(ByteToken(static_cast<unsigned char>(byte)), kSpecialIds + byte);
  return vocabulary;
}

Vocabulary Vocabulary::Of(std::span<const std::string_view> tokens, Tokenization tokenization) {
  Vocabulary vocabulary;
  vocabulary.tokenization_ = tokenization;
  for (const std::string_view token : tokens)
    vocabulary.ids_.emplace(token, static_cast<std::int32_t>(vocabulary.size()));
  return vocabulary;
}

std::int32_t Vocabulary::Id(std::string_view token) const {
  const auto found = ids_.find(token);
  return found == ids_.end() ? kUnknown : found->second;
}

std::vector<std::string> Vocabulary::Words() const {
  std::vector<std::string> words(ids_.size());
  for (const auto& [word, id] : ids_) words[static_cast<std::size_t>(id - kSpecialIds)] = word;
  return words;
}

void TokenCounter::Add(std::string_view text) {
  Tokenizer tokens(text, tokenization_);
  for (std::string token; tokens.Next(token);) ++counts_[token];
}

Vocabulary TokenCounter::Choose(std::int64_t vocab_size, std::int64_t min_count) const {
  std::vector<std::pair<std::int64_t, std::string_view>> ranked;
  for (const auto& [token, count] : counts_)
    if (count >= min_count) ranked.emplace_back(-count, token);
  std::sort(ranked.begin(), ranked.end());
  const auto room = static_cast<std::size_t>(std::max<std::int64_t>(vocab_size - kSpecialIds, 0));
  if (ranked.size() > room) ranked.resize(room);
  std::vector<std::string_view> tokens;
  for (const auto& [count, token] : ranked) tokens.push_back(token);
  return Vocabulary::Of(tokens, tokenization_);
}

}  // namespace sweepformer::datasets
