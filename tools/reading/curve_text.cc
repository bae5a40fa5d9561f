#include "tools/reading/curve_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/figure_scale.h"
#include "results/table.h"
#include "tools/reading/sparkline.h"
#include "tools/reading/times.h"

namespace sweepformer {
namespace {

using Point = std::pair<std::int64_t, double>;

std::string NameOf(const Curve& curve) {
  return curve.split.empty() ? curve.metric : fmt::format("{} ({})", curve.metric, curve.split);
}

Goal GoalOf(const std::string& metric, const RunRecord& run) {
  Goal goal = Goal::kNone;
  for (const FinalMetric& one : run.metrics) {
    if (SameName(one.spec.name, metric)) return one.spec.goal;
    if (goal == Goal::kNone && one.spec.name.ends_with("_" + metric)) goal = one.spec.goal;
  }
  return goal;
}

std::string At(const Point& point) {
  return fmt::format("{} at {}", FormatFigure(point.second, ""), point.first);
}

/// The best of the points, none of which is NaN, or both their extremes.
std::string ExtremesText(const std::vector<Point>& points, Goal goal) {
  const auto by_value = [](const Point& a, const Point& b) { return a.second < b.second; };
  const Point& low = *std::min_element(points.begin(), points.end(), by_value);
  const Point& high = *std::max_element(points.begin(), points.end(), by_value);
  if (goal == Goal::kNone) return fmt::format("lowest {}, highest {}", At(low), At(high));
  return "best " + At(goal == Goal::kMinimize ? low : high);
}

/// "0.7000 → 0.5000 over 3 steps, best 0.2500 at 2".
std::string FiguresText(const Curve& curve, Goal goal) {
  std::string text = fmt::format("{} → {} over {}", FormatFigure(curve.points.front().second, ""),
                                 FormatFigure(curve.points.back().second, ""),
                                 Counted(static_cast<std::int64_t>(curve.points.size()), "step"));
  std::vector<Point> numbers = curve.points;
  std::erase_if(numbers, [](const Point& point) { return std::isnan(point.second); });
  if (numbers.empty()) return text + ", all NaN";
  text += ", " + ExtremesText(numbers, goal);
  const auto nan = static_cast<std::int64_t>(curve.points.size() - numbers.size());
  return nan > 0 ? text + fmt::format(", NaN at {}", Counted(nan, "step")) : text;
}

std::string SparklineOf(const Curve& curve, std::size_t width, bool unicode) {
  std::vector<double> values;
  for (const Point& point : curve.points) values.push_back(point.second);
  const std::string line = Sparkline(values, width, unicode);
  return line + std::string(width - TextWidth(line), ' ');
}

/// How wide the sparklines are: as the longest curve, if it fits beside the rest of a line.
std::size_t SparklineWidth(const RunRecord& run, std::size_t columns, std::size_t rest) {
  constexpr std::size_t kLeast = 8;
  constexpr std::size_t kMost = 60;
  std::size_t longest = 1;
  for (const Curve& curve : run.curves) longest = std::max(longest, curve.points.size());
  const std::size_t room = columns > rest + kLeast ? columns - rest : kLeast;
  return std::min({longest, room, kMost});
}

}  // namespace

std::string CurvesText(const RunRecord& run, const Page& page) {
  if (run.curves.empty()) return "";
  std::size_t name_width = 0;
  std::size_t figures_width = 0;
  std::vector<std::string> figures;
  for (const Curve& curve : run.curves) {
    name_width = std::max(name_width, TextWidth(NameOf(curve)));
    figures.push_back(FiguresText(curve, GoalOf(curve.metric, run)));
    figures_width = std::max(figures_width, TextWidth(figures.back()));
  }
  const std::size_t width = SparklineWidth(run, page.columns, name_width + figures_width + 6);
  std::string text = "\nlearning curves of the last attempt\n";
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const std::string name = NameOf(run.curves[i]);
    text += fmt::format("  {}{}  {}  {}\n", name, std::string(name_width - TextWidth(name), ' '),
                        SparklineOf(run.curves[i], width, page.unicode), figures[i]);
  }
  return text;
}

}  // namespace sweepformer
