#include "datasets/star_classes.h"

namespace sweepformer::datasets {

std::vector<std::string> StarClassWords() { return {"two", "extremes", "three", "five"}; }

std::vector<std::string> NamesOf(StarClasses classes) {
  switch (classes) {
    case StarClasses::kTwo:
    case StarClasses::kExtremes: return {"negative", "positive"};
    case StarClasses::kThree: return {"negative", "neutral", "positive"};
    case StarClasses::kFive: return {"1 star", "2 stars", "3 stars", "4 stars", "5 stars"};
  }
  return {};
}

int LabelOfStars(int stars, StarClasses classes) {
  switch (classes) {
    case StarClasses::kTwo: return stars == 3 ? kNeutral : stars > 3;
    case StarClasses::kExtremes: return stars == 1 ? 0 : stars == 5 ? 1 : kNeutral;
    case StarClasses::kThree: return stars < 3 ? 0 : stars == 3 ? 1 : 2;
    case StarClasses::kFive: return stars - 1;
  }
  return kNeutral;
}

}  // namespace sweepformer::datasets
