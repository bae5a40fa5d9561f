#include "datasets/vocabulary.h"

#include <algorithm>
#include <utility>

#include "datasets/tokenizer.h"

namespace sweepformer::datasets {

Vocabulary Vocabulary::OfBytes() {
  Vocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte)
    vocabulary.ids_.emplace(ByteToken(static_cast<unsigned char>(byte)), kSpecialIds + byte);
  return vocabulary;
}

Vocabulary Vocabulary::Of(std::span<const std::string_view> tokens) {
  Vocabulary vocabulary;
  for (const std::string_view token : tokens)
    vocabulary.ids_.emplace(token, static_cast<std::int32_t>(vocabulary.size()));
  return vocabulary;
}

Vocabulary Vocabulary::OfMostFrequent(std::span<const std::string_view> tokens,
                                      std::span<const std::int64_t> counts, std::int64_t vocab_size,
                                      std::int64_t min_count) {
  std::vector<std::pair<std::int64_t, std::string_view>> ranked;
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (counts[i] >= std::max<std::int64_t>(min_count, 1))
      ranked.emplace_back(-counts[i], tokens[i]);
  std::sort(ranked.begin(), ranked.end());
  const auto room = static_cast<std::size_t>(std::max<std::int64_t>(vocab_size - kSpecialIds, 0));
  if (ranked.size() > room) ranked.resize(room);
  std::vector<std::string_view> chosen;
  for (const auto& [count, token] : ranked) chosen.push_back(token);
  return Of(chosen);
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

}  // namespace sweepformer::datasets
