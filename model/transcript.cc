#include "model/transcript.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

namespace sweepformer::model {
namespace {

constexpr std::string_view kFinal = "-";

}  // namespace

void Transcript::OnHistory(const HistoryPoint& point) {
  figures_ += fmt::format("{} {} {} {}\n", point.name, point.split, point.step, point.value);
  listener_.OnHistory(point);
}

void Transcript::OnFinalMetric(std::string_view name, double value) {
  figures_ += fmt::format("{} {} {} {}\n", name, kFinal, kFinal, value);
  listener_.OnFinalMetric(name, value);
}

void Transcript::Say(const std::string& figures) {
  std::istringstream lines(figures);
  std::string name, split, step, value;
  while (lines >> name >> split >> step >> value) {
    const double number = std::strtod(value.c_str(), nullptr);
    if (split == kFinal) {
      OnFinalMetric(name, number);
    } else {
      OnHistory({name, split, std::strtoll(step.c_str(), nullptr, 10), number});
    }
  }
}

void Transcript::Visit(StateArchive& archive) {
  std::string figures = figures_;
  archive.Visit("figures", figures);
  if (archive.loading()) Say(figures);
}

}  // namespace sweepformer::model
