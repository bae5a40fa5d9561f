#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results/answer.h"
#include "results/figure_scale.h"

namespace sweepformer {

/// A part of an answer, for the eye.
struct Section {
  std::string title;
  TextTable table;
  std::string drawing;  ///< lines below the table, to be kept as they are
  std::vector<std::string> notes;
};

/// The rows with all their metrics; then, where there is a baseline and more than one metric, a
/// table per metric with the differences.
std::vector<Section> CellsSections(const Answer& answer);
Section PlotSection(const Answer& answer);
Section BestSection(const Answer& answer);
Section EffectsSection(const Answer& answer);
Section InteractionsSection(const Answer& answer);

/// What they share. How the figures of one metric are printed:
FigureScale ScaleOf(const Comparison& comparison, std::size_t metric);

/// What decides how differences are printed: each with half its interval as deviation.
std::vector<Spread> SpreadsOf(const std::vector<const Difference*>& differences);

/// "-0.010 [-0.022, +0.002]", with " unpaired" where it is.
std::string DifferenceText(const Difference& difference, const FigureScale& scale);

/// "0.021", "< 0.001", or "-".
std::string ProbabilityText(const std::optional<double>& p);

/// What the groups are of, in their order and as it is shown: texts in quotes in a column where a
/// number looks like one of them.
std::vector<std::vector<Value>> ShownBy(const Comparison& comparison);

/// A value in a table: "-" where absent.
std::string ValueText(const Value& value);

void AddColumn(TextTable& table, std::string header, Align align,
               const std::vector<std::string>& cells);

}  // namespace sweepformer
