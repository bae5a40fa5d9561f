#include "orchestrator/spec/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "orchestrator/core/split_mix.h"

namespace sweepformer {
namespace {

constexpr double kMostValues = 1e6;
constexpr double kFarthest = 1e300;               ///< so that differences stay finite
constexpr double kExactLimit = 9007199254740992;  ///< 2^53: whole doubles are exact up to here

/// Digits after the point in the shortest decimal form of `number`.
int Decimals(double number) {
  const std::string text = fmt::format("{}", std::abs(number));
  const std::size_t exponent_at = text.find('e');
  const int exponent =
      exponent_at == std::string::npos ? 0 : std::atoi(text.c_str() + exponent_at + 1);
  const std::size_t point = text.find('.');
  const std::size_t digits_end = std::min(exponent_at, text.size());
  const int fraction = point == std::string::npos ? 0 : static_cast<int>(digits_end - point) - 1;
  return std::max(0, fraction - exponent);
}

/// The double nearest to a decimal of 12 significant digits, as an integer where it is whole.
Value Rounded(double number) {
  return Canonical(std::strtod(fmt::format("{:.12g}", number).c_str(), nullptr));
}

Status CheckEnds(double from, double to) {
  for (const double end : {from, to})
    if (!(std::abs(end) <= kFarthest))
      return InvalidArgument(
          fmt::format("a range goes from -1e300 to 1e300 at most, not to {}", FormatNumber(end)));
  return {};
}

/// An axis must not hold a value twice.
Result<std::vector<Value>> Distinct(std::vector<Value> values) {
  std::vector<Value> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto twin = std::adjacent_find(sorted.begin(), sorted.end());
  if (twin == sorted.end()) return values;
  return InvalidArgument(fmt::format(
      "{} values, rounded to 12 digits, give {} twice; lower 'count' or move 'from' and "
      "'to' apart",
      values.size(), FormatValue(*twin)));
}

Status CheckCount(std::int64_t count, double from, double to, Scale scale) {
  SF_TRY(CheckEnds(from, to));
  if (count < 1 || static_cast<double>(count) > kMostValues)
    return InvalidArgument(
        fmt::format("count must be from 1 to {:.0f}, not {}", kMostValues, count));
  if (scale == Scale::kLog && (from <= 0 || to <= 0))
    return InvalidArgument("a log scale needs 'from' and 'to' above 0");
  return {};
}

/// The point at share `t` of the way from `from` to `to`.
double Between(double from, double to, double t, Scale scale) {
  if (scale == Scale::kLinear) return from + (to - from) * t;
  return std::exp(std::log(from) + (std::log(to) - std::log(from)) * t);
}

}  // namespace

Result<std::vector<Value>> SteppedRange(double from, double to, double step) {
  SF_TRY(CheckEnds(from, to));
  if (!std::isfinite(step) || step == 0 || (to - from) * step < 0)
    return InvalidArgument(fmt::format("step {} never leads from {} to {}", step, from, to));
  const int decimals = std::max(Decimals(from), Decimals(step));
  const double unit = std::pow(10.0, decimals);
  const double first = std::round(from * unit), stride = std::round(step * unit);
  const double steps = std::floor((to * unit - first) / stride + 1e-9);
  if (!(std::max(std::abs(first), std::abs(to * unit)) <= kExactLimit) || stride == 0)
    return InvalidArgument(fmt::format(
        "the decimals of 'from' {}, 'to' {} and 'step' {} are too many to be exact; use fewer "
        "digits, or 'count'",
        from, to, step));
  if (steps >= kMostValues)
    return InvalidArgument(
        fmt::format("over {:.0f} values from {} to {} by {}", kMostValues, from, to, step));
  std::vector<Value> values;
  for (double i = 0; i <= steps; ++i) {
    const std::string exact = fmt::format("{:.0f}e-{}", first + i * stride, decimals);
    values.push_back(Canonical(std::strtod(exact.c_str(), nullptr)));
  }
  return values;
}

Result<std::vector<Value>> CountedRange(double from, double to, std::int64_t count, Scale scale) {
  SF_TRY(CheckCount(count, from, to, scale));
  std::vector<Value> values{Rounded(from)};
  for (std::int64_t i = 1; i < count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count - 1);
    values.push_back(Rounded(i + 1 == count ? to : Between(from, to, share, scale)));
  }
  return Distinct(std::move(values));
}

Result<std::vector<Value>> SampledRange(double from, double to, std::int64_t count, Scale scale,
                                        std::uint64_t rng) {
  SF_TRY(CheckCount(count, from, to, scale));
  SplitMix64 random(rng);
  std::vector<Value> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double share = static_cast<double>(random.Next() >> 11) * 0x1.0p-53;
    values.push_back(Rounded(Between(from, to, share, scale)));
  }
  return Distinct(std::move(values));
}

}  // namespace sweepformer
