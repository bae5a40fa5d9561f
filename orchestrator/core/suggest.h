#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sweepformer {

/// The candidate a typo most likely meant (edit distance with transpositions, at most a third
/// of the word; one for words of two and three characters, none for a single one), or "" where none
/// is near. ASCII case does not count.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

/// ", did you mean 'x'?" for the nearest candidate, or "" where none is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates);

/// "a, b or c"; with `quote`, "'a', 'b' or 'c'".
std::string JoinWords(const std::vector<std::string>& words, std::string_view last = "or",
                      bool quote = true);

}  // namespace sweepformer
