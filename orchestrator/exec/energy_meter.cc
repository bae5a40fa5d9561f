#include "orchestrator/exec/energy_meter.h"

#include <fmt/format.h>

#include <cstdlib>

#include "orchestrator/core/file.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> ReadNumber(const fs::path& file) {
  const auto text = ReadFile(file);
  if (!text.ok() || text->empty()) return {};
  return std::atoll(text->c_str());
}

}  // namespace

std::vector<fs::path> EnergyPackages(const fs::path& powercap) {
  std::vector<fs::path> packages;
  for (int number = 0;; ++number) {
    const fs::path package = powercap / fmt::format("intel-rapl:{}", number);
    if (!fs::exists(package / "energy_uj")) return packages;
    const auto name = ReadFile(package / "name");
    if (name.ok() && name->starts_with("package")) packages.push_back(package);
  }
}

EnergyMeter::EnergyMeter(const std::vector<fs::path>& packages) : readable_(!packages.empty()) {
  for (const fs::path& package : packages) {
    const auto now = ReadNumber(package / "energy_uj");
    const auto range = ReadNumber(package / "max_energy_range_uj");
    readable_ = readable_ && now && range;
    counters_.push_back({package / "energy_uj", range.value_or(0), now.value_or(0)});
  }
}

std::optional<double> EnergyMeter::Joules() {
  if (!readable_) return {};
  for (Counter& counter : counters_) {
    const auto now = ReadNumber(counter.file);
    if (!now) return {};
    const std::int64_t used = *now - counter.last_uj;
    joules_ += 1e-6 * static_cast<double>(used >= 0 ? used : used + counter.range_uj);
    counter.last_uj = *now;
  }
  return joules_;
}

}  // namespace sweepformer
