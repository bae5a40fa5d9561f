#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace sweepformer {

/// The folders of RAPL's processor packages (all domains in them included), in order; empty where
/// the machine offers none. `powercap` is another folder in tests.
std::vector<std::filesystem::path> EnergyPackages(
    const std::filesystem::path& powercap = "/sys/class/powercap");

/// Adds up what the processor packages use, of whatever runs on them. Must be asked more often than
/// the counters begin anew, which takes minutes under full load.
class EnergyMeter {
 public:
  explicit EnergyMeter(const std::vector<std::filesystem::path>& packages = EnergyPackages());

  /// Joules since the meter was made; nothing where a counter is missing or may not be read.
  std::optional<double> Joules();

 private:
  struct Counter {
    std::filesystem::path file;
    std::int64_t range_uj = 0;  ///< it begins anew after this
    std::int64_t last_uj = 0;
  };

  std::vector<Counter> counters_;
  bool readable_ = false;
  double joules_ = 0;
};

}  // namespace sweepformer
