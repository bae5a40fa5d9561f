#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "results/answer_section.h"
#include "results/comparison_warnings.h"

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

std::string RowsAre(std::ptrdiff_t count) {
  return count == 1 ? "1 row is" : fmt::format("{} rows are", count);
}

/// How many rows are told from the first by fewer seeds than one of them has.
int CountPartlyPaired(const Comparison& comparison, const BestGroups& best) {
  const auto seeds = [&](std::size_t rank) {
    return comparison.groups[best.ranking[rank]].figures[best.metric].values.size();
  };
  int partly = 0;
  for (std::size_t rank = 1; rank < best.ranking.size(); ++rank) {
    const auto& behind = best.behind[rank];
    const std::size_t most = std::max(seeds(0), seeds(rank));
    if (behind && behind->paired && behind->n < static_cast<int>(most)) ++partly;
  }
  return partly;
}

/// How sure the ranking is.
void NoteRanking(const Comparison& comparison, const BestGroups& best,
                 std::vector<std::string>& notes) {
  const std::vector<const Difference*> differences = DifferencesOf(best);
  const auto count = [&](DifferenceVerdict verdict) {
    return std::count_if(differences.begin(), differences.end(),
                         [&](const Difference* one) { return one->verdict == verdict; });
  };
  const auto worse = count(DifferenceVerdict::kWorse), better = count(DifferenceVerdict::kBetter);
  const auto level = std::ssize(differences) - worse - better;
  if (level == 0 && better == 0) {
    notes.emplace_back("the first is distinguishable from every other row");
  }
  if (level > 0) {
    notes.push_back(fmt::format("{} not distinguishable from the first: choose among them by cost",
                                RowsAre(level)));
  }
  if (better > 0) {
    notes.push_back(
        fmt::format("{} better than the first in the seeds that both have, though not by the mean",
                    RowsAre(better)));
  }
  if (const int partly = CountPartlyPaired(comparison, best); partly > 0) {
    notes.push_back(
        fmt::format("{} told from the first by fewer seeds than the means shown are "
                    "of: run all with the same [repeat] seeds",
                    RowsAre(partly)));
  }
}

std::vector<std::string> NotesOf(const Comparison& comparison, const BestGroups& best) {
  const MetricSpec& metric = comparison.metrics[best.metric];
  std::vector<std::string> notes;
  NoteRanking(comparison, best, notes);
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
  const std::vector<std::vector<Value>> shown = ShownBy(comparison);
  std::vector<std::string> names, means, behind, p, verdicts;
  for (std::size_t rank = 0; rank < best.ranking.size(); ++rank) {
    const ComparedGroup& group = comparison.groups[best.ranking[rank]];
    const auto& difference = best.behind[rank];
    names.push_back(GroupName(comparison.by, shown[best.ranking[rank]]));
    means.push_back(scale.Format(*group.figures[best.metric].spread.mean));
    behind.push_back(difference ? DifferenceText(*difference, difference_scale) : "");
    p.push_back(difference ? ProbabilityText(difference->p_holm) : "");
    verdicts.push_back(difference
                           ? VerdictText(difference->verdict, difference->n, ReplicateWord(metric))
                           : "best");
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
