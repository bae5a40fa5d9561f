#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/answer_section.h"

namespace sweepformer {
namespace {

constexpr int kColumns = 48;

/// The range that holds every mean and figure of a metric.
struct Range {
  double low = 0, high = 0;
  bool any = false;

  void Take(double value) {
    if (!std::isfinite(value)) return;
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
  }
  int ColumnOf(double value) const {
    if (!(high > low)) return kColumns / 2;
    const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return static_cast<int>(std::lround(share * (kColumns - 1)));
  }
};

Range RangeOf(const Comparison& comparison, std::size_t metric) {
  Range range;
  for (const ComparedGroup& group : comparison.groups) {
    const ComparedFigure& figure = group.figures[metric];
    if (figure.spread.mean) range.Take(*figure.spread.mean);
    for (const auto& [seed, values] : figure.values)
      for (const double value : values) range.Take(value);
  }
  return range;
}

void Mark(std::vector<std::string>& line, int column, const char* mark) {
  line[static_cast<std::size_t>(column)] = mark;
}

/// "  ·├──●──┤·": the interval, the mean, and the figure of every run.
std::string DrawingOf(const ComparedFigure& figure, const Range& range) {
  std::vector<std::string> line(kColumns, " ");
  if (figure.interval && std::isfinite(figure.interval->low + figure.interval->high)) {
    const int low = range.ColumnOf(figure.interval->low);
    const int high = range.ColumnOf(figure.interval->high);
    for (int column = low; column <= high; ++column) Mark(line, column, "─");
    Mark(line, low, figure.interval->low < range.low ? "◂" : "├");
    Mark(line, high, figure.interval->high > range.high ? "▸" : "┤");
  }
  for (const auto& [seed, values] : figure.values)
    for (const double value : values)
      if (std::isfinite(value)) Mark(line, range.ColumnOf(value), "·");
  if (figure.spread.mean && std::isfinite(*figure.spread.mean))
    Mark(line, range.ColumnOf(*figure.spread.mean), "●");
  std::string text;
  for (const std::string& mark : line) text += mark;
  return text;
}

/// The ends of the axis below the lines.
std::string AxisText(const Range& range, const FigureScale& scale, std::size_t indent) {
  const std::string low = scale.Format(range.low), high = scale.Format(range.high);
  const std::size_t place = kColumns - std::min<std::size_t>(kColumns, high.size());
  return fmt::format("{:{}}{:<{}}{}\n", "", indent, low, std::max(low.size() + 1, place), high);
}

std::string PlotOf(const Comparison& comparison, std::size_t metric,
                   const std::vector<std::string>& names, std::size_t width) {
  const FigureScale scale = ScaleOf(comparison, metric);
  const Range range = RangeOf(comparison, metric);
  std::string text = scale.Header(comparison.metrics[metric].name) + "\n";
  if (!range.any) return text + "  no figures\n";
  for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
    text += names[i] + std::string(width - TextWidth(names[i]) + 2, ' ') +
            DrawingOf(comparison.groups[i].figures[metric], range) + "\n";
  }
  return text + AxisText(range, scale, width + 2);
}

std::string NameOf(const std::vector<Value>& by) {
  std::string name;
  for (const Value& value : by) name += (name.empty() ? "" : " ") + ValueText(value);
  return name.empty() ? "all" : name;
}

}  // namespace

Section PlotSection(const Answer& answer) {
  const Comparison& comparison = answer.comparison;
  std::vector<std::string> names;
  std::size_t width = 0;
  for (const std::vector<Value>& by : ShownBy(comparison)) {
    names.push_back(NameOf(by));
    width = std::max(width, TextWidth(names.back()));
  }
  Section section;
  section.title = "figures";
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i)
    section.drawing += (i > 0 ? "\n" : "") + PlotOf(comparison, i, names, width);
  section.notes = {"● mean, ├─┤ its 95 % interval over seeds (cut off at ◂ ▸), · a run"};
  return section;
}

}  // namespace sweepformer
