#pragma once

#include <string>
#include <vector>

#include "datasets/review.h"

namespace sweepformer::datasets {

/// What one to five stars are as classes.
enum class StarClasses {
  kTwo,       ///< 1 and 2 are negative, 4 and 5 positive; 3 is dropped
  kExtremes,  ///< 1 is negative, 5 positive; what lies between is dropped
  kThree,     ///< as kTwo, with 3 a class of its own between them
  kFive,      ///< each a class
};

/// two, extremes, three, five; in the order of the enumeration.
std::vector<std::string> StarClassWords();

/// What the labels mean, from 0.
std::vector<std::string> NamesOf(StarClasses classes);

/// The label of a review of 1 to 5 stars, or kNeutral.
int LabelOfStars(int stars, StarClasses classes);

}  // namespace sweepformer::datasets
