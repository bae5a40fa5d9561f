#include "tools/planning/plan_cells.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include "tools/reading/times.h"

namespace sweepformer {
namespace {

/// In the largest unit of which it is one or more: a limit without a unit, 100, is 100 bytes.
std::string SizeText(std::int64_t bytes) {
  constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, std::trunc(size) == size ? 0 : 1, kUnits[unit]);
}

/// "20 min" rather than "20 min 0 s", and "1.5 s".
std::string TimeText(std::int64_t ms) {
  constexpr std::int64_t kMinuteMs = 60'000;
  if (ms >= 1000 && ms < kMinuteMs && ms % 1000 != 0)
    return fmt::format("{} s", 1e-3 * static_cast<double>(ms));
  std::string text = FormatDuration(ms);
  for (const char* rest : {" 0 s", " 0 min"}) {
    if (text.ends_with(rest)) text.resize(text.size() - std::string_view(rest).size());
  }
  return text;
}

}  // namespace

std::vector<PlanCell> CellsOf(const SweepPlan& plan, const PlanStanding& standing) {
  std::vector<PlanCell> cells;
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t run = 0; run < plan.work.size() - plan.probes; ++run) {
    const auto [it, is_new] = places.emplace(plan.work[run].config.cell(), cells.size());
    if (is_new) cells.push_back({run});
    PlanCell& cell = cells[it->second];
    ++cell.runs;
    cell.succeeded += standing.states[run] == RunState::kSucceeded;
    cell.failed += standing.states[run] == RunState::kFailed;
  }
  return cells;
}

std::map<std::string, std::string> LimitTexts(const Limits& limits) {
  std::map<std::string, std::string> texts;
  if (limits.cpus) texts["cpus"] = fmt::format("{:g}", *limits.cpus);
  if (limits.mem_bytes) texts["mem"] = SizeText(*limits.mem_bytes);
  if (limits.timeout_s) {
    texts["timeout"] = TimeText(static_cast<std::int64_t>(*limits.timeout_s * 1000));
  }
  for (const auto& [name, count] : limits.named) texts[name] = fmt::format("{:g}", count);
  return texts;
}

}  // namespace sweepformer
