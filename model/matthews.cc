#include "model/matthews.h"

#include <cmath>
#include <vector>

namespace sweepformer::model {

double MatthewsCorrelation(std::span<const std::int64_t> answers,
                           std::span<const std::int64_t> labels, std::int64_t classes) {
  std::vector<double> answered(static_cast<std::size_t>(classes));
  std::vector<double> labelled(static_cast<std::size_t>(classes));
  double right = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ++answered[static_cast<std::size_t>(answers[i])];
    ++labelled[static_cast<std::size_t>(labels[i])];
    right += answers[i] == labels[i];
  }
  double both = 0, answers_squared = 0, labels_squared = 0;
  for (std::size_t k = 0; k < answered.size(); ++k) {
    both += answered[k] * labelled[k];
    answers_squared += answered[k] * answered[k];
    labels_squared += labelled[k] * labelled[k];
  }
  const auto all = static_cast<double>(answers.size());
  const double spread = (all * all - answers_squared) * (all * all - labels_squared);
  return spread > 0 ? (right * all - both) / std::sqrt(spread) : 0;
}

}  // namespace sweepformer::model
