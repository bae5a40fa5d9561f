#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"
#include "results/answer_section.h"
#include "results/comparison_warnings.h"
#include "results/statistics/paired.h"
#include "results/statistics/power.h"
#include "results/statistics/spread.h"

namespace sweepformer {
namespace {

using Texts = std::vector<std::string>;

std::string RunsText(const ComparedGroup& group) {
  if (group.succeeded == group.runs) return fmt::format("{}", group.runs);
  return fmt::format("{} of {}", group.succeeded, group.runs);
}

/// "mean ± sd" of one column, the signs below one another.
Texts SpreadTexts(const Comparison& comparison, std::size_t metric, const FigureScale& scale) {
  Texts deviations;
  std::size_t width = 0;
  for (const ComparedGroup& group : comparison.groups) {
    const auto& sd = group.figures[metric].spread.sd;
    deviations.push_back(sd ? scale.Format(*sd) : "");
    width = std::max(width, deviations.back().size());
  }
  Texts texts;
  for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
    const Spread& spread = comparison.groups[i].figures[metric].spread;
    std::string text = spread.mean ? scale.Format(*spread.mean) : "-";
    if (spread.sd) {
      text += fmt::format(" ± {:>{}}", deviations[i], width);
    } else if (width > 0) {
      text += std::string(3 + width, ' ');
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

void AddByColumns(const Comparison& comparison, TextTable& table) {
  const std::vector<std::vector<Value>> shown = ShownBy(comparison);
  for (std::size_t i = 0; i < comparison.by.size(); ++i) {
    Texts cells;
    bool text = false;
    for (const std::vector<Value>& by : shown) {
      cells.push_back(ValueText(by[i]));
      text = text || std::holds_alternative<std::string>(by[i]);
    }
    AddColumn(table, comparison.by[i], text ? Align::kLeft : Align::kRight, cells);
  }
}

/// Every difference to the baseline in one metric.
std::vector<const Difference*> DifferencesIn(const Comparison& comparison, std::size_t metric) {
  std::vector<const Difference*> differences;
  for (const ComparedGroup& group : comparison.groups) {
    const auto& difference = group.figures[metric].difference;
    if (difference) differences.push_back(&*difference);
  }
  return differences;
}

/// How they are printed: in the unit of the metric's figures.
FigureScale DifferenceScale(const Comparison& comparison, std::size_t metric) {
  return ScaleOf(comparison, metric).Refined(SpreadsOf(DifferencesIn(comparison, metric)));
}

/// What the test items say, where that was asked.
void AddItemsColumn(const Comparison& comparison, std::size_t metric, const FigureScale& scale,
                    TextTable& table) {
  Texts texts;
  bool any = false;
  for (const ComparedGroup& group : comparison.groups) {
    const auto& difference = group.figures[metric].difference;
    std::string& text = texts.emplace_back();
    if (!difference || !difference->items) continue;
    any = true;
    const ItemTest& test = *difference->items;
    text = test.interval ? fmt::format("[{}, {}] ", scale.FormatSigned(test.interval->low),
                                       scale.FormatSigned(test.interval->high))
                         : "McNemar ";
    text += "p " + ProbabilityText(test.p);
  }
  if (any) AddColumn(table, "and test items", Align::kLeft, texts);
}

/// The differences of one metric, how sure they are, and what that allows to say.
void AddDifferenceColumns(const Comparison& comparison, std::size_t metric, TextTable& table) {
  const FigureScale scale = DifferenceScale(comparison, metric);
  const std::string_view replicate = ReplicateWord(comparison.metrics[metric]);
  Texts differences, probabilities, verdicts;
  for (const ComparedGroup& group : comparison.groups) {
    const auto& difference = group.figures[metric].difference;
    const std::string none = group.is_baseline ? "baseline" : "-";
    differences.push_back(difference ? DifferenceText(*difference, scale) : none);
    probabilities.push_back(difference ? ProbabilityText(difference->p_holm) : "");
    verdicts.push_back(difference ? VerdictText(difference->verdict, difference->n, replicate)
                                  : "");
  }
  AddColumn(table, "Δ [95 %]", Align::kRight, differences);
  AddColumn(table, "p", Align::kRight, probabilities);
  AddColumn(table, "", Align::kLeft, verdicts);
  AddItemsColumn(comparison, metric, scale, table);
}

void AddFrontColumn(const ParetoFront& front, TextTable& table) {
  Texts places;
  for (const FrontPlace place : front.places) places.emplace_back(FrontPlaceWord(place));
  AddColumn(table, "front", Align::kLeft, places);
}

/// The --by parameters and the runs of each row.
TextTable RowHeads(const Comparison& comparison) {
  TextTable table;
  table.rows.resize(comparison.groups.size());
  AddByColumns(comparison, table);
  Texts runs;
  for (const ComparedGroup& group : comparison.groups) runs.push_back(RunsText(group));
  AddColumn(table, "runs", Align::kRight, runs);
  return table;
}

void AddMetric(const Comparison& comparison, std::size_t metric, bool differences,
               TextTable& table) {
  const FigureScale scale = ScaleOf(comparison, metric);
  AddColumn(table, scale.Header(comparison.metrics[metric].name), Align::kRight,
            SpreadTexts(comparison, metric, scale));
  if (differences) AddDifferenceColumns(comparison, metric, table);
}

/// The tests that p are of.
struct TestsUsed {
  bool paired = false, unpaired = false;
  bool paired_t = false;  ///< not all that are paired by the exact test
  bool exact = false;
};

std::string TestText(const TestsUsed& used) {
  const std::string text = !used.unpaired ? "paired t-test"
                           : !used.paired
                               ? "Welch's t-test"
                               : "paired t-test, Welch's where fewer than two seeds pair";
  return used.exact ? text + ", an exact test where the difference does not vary" : text;
}

/// How a p was come by, and what so few replicates cannot do.
void NoteTests(const Comparison& comparison, Texts& notes) {
  std::ptrdiff_t family = 0;
  TestsUsed used;
  int most = 0;
  std::string_view replicate;
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    const auto differences = DifferencesIn(comparison, i);
    family =
        std::max(family, std::count_if(differences.begin(), differences.end(),
                                       [](const Difference* one) { return one->p().has_value(); }));
    for (const Difference* one : differences) {
      (one->paired ? used.paired : used.unpaired) = true;
      used.exact = used.exact || one->p_exact;
      used.paired_t = used.paired_t || (one->paired && !one->p_exact);
      if (!one->paired || one->n <= most) continue;
      most = one->n;
      replicate = ReplicateWord(comparison.metrics[i]);
    }
  }
  if (!used.paired && !used.unpaired) return;
  std::string note = "p: " + TestText(used);
  if (family > 1)
    note += fmt::format(", adjusted (Holm) for the {} differences of a metric", family);
  notes.push_back(note + "; better, worse: p at most 0.05");
  if (most >= 2 && SmallestSignFlipP(most) > kAlpha) {
    notes.push_back(fmt::format(
        "with {} {}s the exact sign-flip test, which assumes no normal spread, cannot go below "
        "{}{}",
        most, replicate, SmallestSignFlipP(most),
        used.paired_t ? ": p rests on that assumption" : ""));
  }
}

/// The smallest difference that the seeds at hand would show, from the spread that is typical.
void NoteDetectable(const Comparison& comparison, std::size_t metric, Texts& notes) {
  const FigureScale scale = DifferenceScale(comparison, metric);
  std::vector<double> deviations;
  int least = 0;
  for (const Difference* one : DifferencesIn(comparison, metric)) {
    if (!one->paired || !one->sd || scale.IsRounding(*one->sd)) continue;
    least = deviations.empty() ? one->n : std::min(least, one->n);
    deviations.push_back(*one->sd);
  }
  const auto shift = DetectableShift(least);
  if (deviations.empty() || !shift) return;
  notes.push_back(fmt::format(
      "{} {}s show a difference in {} of {} or more 4 times out of 5, before any adjustment", least,
      ReplicateWord(comparison.metrics[metric]), scale.Header(comparison.metrics[metric].name),
      scale.Format(*shift * MiddleOf(std::move(deviations)))));
}

void NoteItems(const Comparison& comparison, Texts& notes) {
  bool bootstrap = false, mcnemar = false;
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    for (const Difference* one : DifferencesIn(comparison, i)) {
      if (!one->items) continue;
      (one->items->interval ? bootstrap : mcnemar) = true;
    }
  }
  if (bootstrap)
    notes.emplace_back(
        "and test items: two-level bootstrap, were both the seeds and the test items drawn anew; "
        "p is not adjusted");
  if (mcnemar)
    notes.emplace_back(
        "McNemar: whether these two runs differ on these test items, not whether the designs do");
}

constexpr const char* kSpreadNote = "mean ± sample standard deviation over the succeeded runs";

/// What n is of the metrics that probes measure.
void NoteProbes(const Comparison& comparison, Texts& notes) {
  Texts names;
  for (const MetricSpec& metric : comparison.metrics) {
    if (IsOfProbes(metric)) names.push_back(metric.name);
  }
  if (names.empty()) return;
  const bool all = names.size() == comparison.metrics.size();
  notes.push_back(fmt::format(
      "{}: measured by probes, so that n is the number of repeats of a cell, not of seeds{}",
      JoinWords(names, "and", false), all ? ", and runs are probes" : ""));
}

/// How differences were computed, and what they could show.
Texts DifferenceNotes(const Comparison& comparison) {
  std::string against = *comparison.baseline;
  if (!comparison.matched_by.empty()) {
    against += " with the same " + JoinWords(comparison.matched_by, "and", false);
  }
  const auto& metrics = comparison.metrics;
  const bool probes = std::all_of(metrics.begin(), metrics.end(), IsOfProbes);
  Texts notes = {
      fmt::format("Δ: against {}; mean of the differences between {}, and its 95 % interval",
                  against, probes ? "probes of the same round" : "runs of the same seed")};
  NoteTests(comparison, notes);
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) NoteDetectable(comparison, i, notes);
  NoteItems(comparison, notes);
  return notes;
}

/// The metrics and the meaning of the places.
void NoteFront(const Comparison& comparison, const ParetoFront& front, Texts& notes) {
  Texts goals;
  for (const std::size_t metric : front.metrics) {
    const MetricSpec& spec = comparison.metrics[metric];
    goals.push_back(
        fmt::format("{} {}", spec.goal == Goal::kMaximize ? "more" : "less", spec.name));
  }
  notes.push_back(fmt::format(
      "front: of {}; dominated: another row is as good by its mean in each and distinguishably "
      "better in one; certain: distinguishably better in one than any other row; probable: the "
      "seeds do not tell",
      JoinWords(goals, "and", false)));
}

std::string ByText(const Comparison& comparison) {
  return comparison.by.empty() ? "one cell" : fmt::format("by {}", fmt::join(comparison.by, ", "));
}

}  // namespace

FigureScale ScaleOf(const Comparison& comparison, std::size_t metric) {
  std::vector<Spread> spreads;
  for (const ComparedGroup& group : comparison.groups) {
    spreads.push_back(group.figures[metric].spread);
  }
  return FigureScale::Fit(comparison.metrics[metric].unit, spreads);
}

std::vector<Spread> SpreadsOf(const std::vector<const Difference*>& differences) {
  std::vector<Spread> spreads;
  for (const Difference* one : differences) {
    Spread& spread = spreads.emplace_back();
    spread.n = one->n;
    spread.mean = one->mean;
    if (one->interval) spread.sd = one->interval->half();
  }
  return spreads;
}

std::string DifferenceText(const Difference& difference, const FigureScale& scale) {
  if (!difference.mean) return "-";
  std::string text = scale.FormatSigned(*difference.mean);
  if (difference.interval) {
    text += fmt::format(" [{}, {}]", scale.FormatSigned(difference.interval->low),
                        scale.FormatSigned(difference.interval->high));
  }
  return difference.paired ? text : text + " unpaired";
}

std::string ProbabilityText(const std::optional<double>& p) {
  if (!p) return "-";
  if (*p < 0.001) return "< 0.001";
  const std::string text = fmt::format("{:.{}f}", *p, *p < 0.1 ? 3 : 2);
  constexpr double kNextAbove = 0.0501;
  const bool seems_enough = *p > kAlpha && text == "0.050";
  return seems_enough ? fmt::format("{:.4f}", std::max(*p, kNextAbove)) : text;
}

std::vector<std::vector<Value>> ShownBy(const Comparison& comparison) {
  std::vector<std::vector<Value>> shown;
  for (const ComparedGroup& group : comparison.groups) shown.push_back(group.by);
  for (std::size_t i = 0; i < comparison.by.size(); ++i) {
    std::vector<Value> column;
    for (const std::vector<Value>& by : shown) column.push_back(by[i]);
    TellApart(column);
    for (std::size_t row = 0; row < shown.size(); ++row) shown[row][i] = std::move(column[row]);
  }
  return shown;
}

std::string ValueText(const Value& value) {
  return IsNull(value) ? "-" : PrintableLine(FormatValue(value));
}

void AddColumn(TextTable& table, std::string header, Align align,
               const std::vector<std::string>& cells) {
  table.columns.push_back({std::move(header), align});
  table.rows.resize(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) table.rows[i].push_back(cells[i]);
}

std::vector<Section> CellsSections(const Answer& answer) {
  const Comparison& comparison = answer.comparison;
  const std::size_t metrics = comparison.metrics.size();
  const bool in_one = metrics == 1 && comparison.baseline;
  std::vector<Section> sections(1);
  Section& first = sections.front();
  first.title = fmt::format("{} {}", comparison.sweep, ByText(comparison));
  first.table = RowHeads(comparison);
  for (std::size_t i = 0; i < metrics; ++i) AddMetric(comparison, i, in_one, first.table);
  if (answer.front) AddFrontColumn(*answer.front, first.table);
  first.notes.emplace_back(kSpreadNote);
  NoteProbes(comparison, first.notes);
  if (answer.front) NoteFront(comparison, *answer.front, first.notes);
  if (!comparison.baseline) return sections;
  for (std::size_t i = 0; !in_one && i < metrics; ++i) {
    Section& section = sections.emplace_back();
    section.title = comparison.metrics[i].name + " against the baseline";
    section.table = RowHeads(comparison);
    AddMetric(comparison, i, true, section.table);
  }
  const Texts notes = DifferenceNotes(comparison);
  sections.back().notes.insert(sections.back().notes.end(), notes.begin(), notes.end());
  return sections;
}

}  // namespace sweepformer
