#pragma once

#include <span>
#include <string_view>

namespace sweepformer::datasets {

using Words = std::span<const std::string_view>;

/// What synthetic reviews are written with. Every word begins with a consonant, for "a".
struct SyntheticLexicon {
  Words praise;  ///< verdicts that mean the same of every product
  Words blame;
  Words slight;        ///< light, thin, small: good for a carried product, bad for a household one
  Words sturdy;        ///< heavy, thick, large: the other way round
  Words carried;       ///< products to carry about
  Words household;     ///< products to rest on or cook with
  Words people;        ///< whose opinion is quoted
  Words openings;      ///< first sentences: they name the {product} and decide nothing
  Words verdicts;      ///< deciding sentences with a {verdict}
  Words descriptions;  ///< deciding sentences with a {descriptor}
  Words contrasts;  ///< deciding sentences with the writer's {verdict} and another's {quoted} one
  Words title_verdicts;
  Words title_descriptions;
  Words title_negations;  ///< titles that deny their {verdict}
  Words fillers;          ///< sentences that decide nothing
};

const SyntheticLexicon& Lexicon();

}  // namespace sweepformer::datasets
