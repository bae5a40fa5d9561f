#include "tools/reading/curve_text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "tools/reading/sparkline.h"

using namespace sweepformer;

namespace {

const double kNan = std::nan("");
const double kInfinity = std::numeric_limits<double>::infinity();

/// 1, 2, … n.
std::vector<double> Rising(int n) {
  std::vector<double> values;
  for (int i = 1; i <= n; ++i) values.push_back(i);
  return values;
}

Curve CurveOf(std::string metric, const std::vector<double>& values, std::string split = "") {
  Curve curve{std::move(metric), std::move(split), {}};
  for (const double value : values)
    curve.points.emplace_back(static_cast<std::int64_t>(curve.points.size()) + 1, value);
  return curve;
}

FinalMetric Final(std::string name, Goal goal) {
  FinalMetric metric;
  metric.spec.name = std::move(name);
  metric.spec.goal = goal;
  return metric;
}

/// The first curve's line.
std::string LineOf(const RunRecord& run, const Page& page = {}) {
  const std::string text = CurvesText(run, page);
  const std::size_t begin = text.find("  ");
  return text.substr(begin, text.find('\n', begin) - begin);
}

bool UsesUnicode(const char* all, const char* type, const char* lang) {
  setenv("LC_ALL", all, 1);
  setenv("LC_CTYPE", type, 1);
  setenv("LANG", lang, 1);
  return OutputPage().unicode;
}

}  // namespace

TEST_CASE("a sparkline has a bar per value, from the least to the greatest", "[curves]") {
  CHECK(Sparkline(Rising(8), 20, true) == "▁▂▃▄▅▆▇█");
  CHECK(Sparkline(Rising(8), 8, false) == "_.-:=+*#");
  CHECK(Sparkline({}, 8, true).empty());
}

TEST_CASE("a long curve is condensed to the means of its parts", "[curves]") {
  CHECK(Sparkline(Rising(8000), 8, true) == "▁▂▃▄▅▆▇█");
  CHECK(Sparkline({0, 2, 7, 7, 0}, 2, false) == "_#");
  CHECK(Sparkline({1, 3, 2}, 1, false) == ":");
}

TEST_CASE("NaN is a gap in a sparkline, and no part of a mean", "[curves]") {
  CHECK(Sparkline({1, kNan, 2}, 8, false) == "_ #");
  CHECK(Sparkline({1, kNan, 2, 2}, 2, false) == "_#");
  CHECK(Sparkline({kNan, kNan}, 8, false) == "  ");
}

TEST_CASE("a sparkline of equal, infinite or huge values is drawn", "[curves]") {
  CHECK(Sparkline({5, 5}, 8, true) == "▄▄");
  CHECK(Sparkline({1, kInfinity, 2, -kInfinity}, 8, false) == "_##_");
  CHECK(Sparkline({kInfinity}, 8, false) == "#");
  CHECK(Sparkline({-1e308, 0, 1e308}, 8, false) == "_=#");
}

TEST_CASE("a curve's best follows from the goal of a final metric of its name", "[curves]") {
  RunRecord run;
  run.metrics = {Final("test_loss", Goal::kMinimize), Final("accuracy", Goal::kMaximize)};
  run.curves = {CurveOf("loss", {0.5, 0.25, 0.75}, "train")};
  CHECK(LineOf(run) == "  loss (train)  ▅▁█  0.5000 → 0.7500 over 3 steps, best 0.2500 at 2");
  run.curves = {CurveOf("accuracy", {0.5, 0.25, 0.75})};
  CHECK(LineOf(run) == "  accuracy  ▅▁█  0.5000 → 0.7500 over 3 steps, best 0.7500 at 3");
  run.curves = {CurveOf("oss", {0.5, 0.25})};
  CHECK(LineOf(run) ==
        "  oss  █▁  0.5000 → 0.2500 over 2 steps, lowest 0.2500 at 2, highest 0.5000 at 1");
}

TEST_CASE("NaN is neither the lowest nor the highest of a curve", "[curves]") {
  RunRecord run;
  run.curves = {CurveOf("loss", {kNan, 0.7, kNan})};
  CHECK(LineOf(run) ==
        "  loss   ▄   NaN → NaN over 3 steps, lowest 0.7000 at 2, highest 0.7000 at 2, NaN at 2 "
        "steps");
  run.curves = {CurveOf("norm", {kNan})};
  CHECK(LineOf(run) == "  norm     NaN → NaN over 1 step, all NaN");
}

TEST_CASE("sparklines take the room a page has", "[curves]") {
  RunRecord run;
  run.metrics = {Final("loss", Goal::kMinimize)};
  run.curves = {CurveOf("loss", Rising(1000)), CurveOf("x", Rising(2))};
  const Page wide{200, false};
  const std::size_t figures = std::string("  1 → 1000 over 1000 steps, best 1 at 1").size();
  CHECK(LineOf(run, wide).size() == 8 + 60 + figures);
  CHECK(LineOf(run, Page{20, false}).size() == 8 + 8 + figures);
  CHECK(CurvesText(run, Page{20, false}).find("\n  x     _#        1 → 2") != std::string::npos);
}

TEST_CASE("a run without curves has no text for them", "[curves]") {
  CHECK(CurvesText(RunRecord(), {}).empty());
}

TEST_CASE("a page is Unicode where the locale is UTF-8", "[curves]") {
  CHECK(UsesUnicode("", "", "en_US.UTF-8"));
  CHECK(UsesUnicode("", "C.utf8", "C"));
  CHECK(UsesUnicode("de_DE.UTF-8@euro", "C", "C"));
  CHECK_FALSE(UsesUnicode("C", "en_US.UTF-8", "en_US.UTF-8"));
  CHECK_FALSE(UsesUnicode("", "", "de_DE.ISO-8859-1"));
  CHECK_FALSE(UsesUnicode("", "", ""));
}
