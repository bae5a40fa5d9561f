#include <fmt/format.h>

#include "results/answer_section.h"

namespace sweepformer {
namespace {

/// Choosing by test figures makes them no test any more.
bool IsOfTest(const MetricSpec& metric) { return metric.name.starts_with("test_"); }

std::vector<const Difference*> DifferencesOf(const BestGroups& best) {
  std::vector<const Difference*> differences;
  for (const auto& behind : best.behind)
    if (behind) differences.push_back(&*behind);
  return differences;
}

std::vector<std::string> NotesOf(const Comparison& comparison, const BestGroups& best) {
  const MetricSpec& metric = comparison.metrics[best.metric];
  int level = 0;
  for (const auto& behind : best.behind)
    if (behind && behind->verdict != DifferenceVerdict::kWorse) ++level;
  std::vector<std::string> notes;
  notes.push_back(
      level == 0 ? "the first is distinguishable from every other row"
                 : fmt::format("{} not distinguishable from the first: choose among them by cost",
                               level == 1 ? "1 row is" : fmt::format("{} rows are", level)));
  notes.push_back(fmt::format(
      "the best of {} by chance looks better than it is: its figure is no estimate of what a new "
      "run gives",
      best.ranking.size()));
  if (IsOfTest(metric)) {
    notes.push_back(fmt::format(
        "chosen on test data: choose by a metric of validation data, such as valid_accuracy, and "
        "report {}",
        metric.name));
  }
  return notes;
}

}  // namespace

Section BestSection(const Answer& answer) {
  const Comparison& comparison = answer.comparison;
  const BestGroups& best = *answer.best;
  const MetricSpec& metric = comparison.metrics[best.metric];
  const FigureScale scale = ScaleOf(comparison, best.metric);
  const FigureScale difference_scale = scale.Refined(SpreadsOf(DifferencesOf(best)));
  std::vector<std::string> names, means, behind, p, verdicts;
  for (std::size_t rank = 0; rank < best.ranking.size(); ++rank) {
    const ComparedGroup& group = comparison.groups[best.ranking[rank]];
    const auto& difference = best.behind[rank];
    names.push_back(GroupName(comparison.by, group.by));
    means.push_back(scale.Format(*group.figures[best.metric].spread.mean));
    behind.push_back(difference ? DifferenceText(*difference, difference_scale) : "");
    p.push_back(difference ? ProbabilityText(difference->p_holm) : "");
    verdicts.push_back(difference ? VerdictText(difference->verdict, difference->n) : "best");
  }
  Section section;
  section.title =
      fmt::format("best by {} {}", best.goal == Goal::kMaximize ? "most" : "least", metric.name);
  if (best.left_out > 0) section.title += fmt::format(", {} left out", best.left_out);
  AddColumn(section.table, "row", Align::kLeft, names);
  AddColumn(section.table, scale.Header(metric.name), Align::kRight, means);
  AddColumn(section.table, "behind [95 %]", Align::kRight, behind);
  AddColumn(section.table, "p", Align::kRight, p);
  AddColumn(section.table, "", Align::kLeft, verdicts);
  section.notes = NotesOf(comparison, best);
  return section;
}

}  // namespace sweepformer
