#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sweepformer {

/// How good something is. Stored in scripts as these words; append only.
enum class Health {
  kOk,
  kAbsent,   ///< not there, and not needed
  kWarn,     ///< works, but not as well as it could
  kMissing,  ///< nothing runs without it
};

std::string_view HealthWord(Health health);  ///< ok, absent, warn, missing

/// One thing `doctor` looked at.
struct Finding {
  std::string what;
  Health health = Health::kOk;
  std::string words;   ///< what was found
  std::string remedy;  ///< what to do about it, or empty
};

using Findings = std::vector<Finding>;

/// A line per finding, its remedy below it.
std::string FindingsText(const Findings& findings);

/// {"version": 2, "ready": bool, "findings": [{"what", "health", "words", "remedy"}],
/// "warnings": []}.
std::string FindingsJson(const Findings& findings);

/// Whether nothing is missing.
bool Ready(const Findings& findings);

}  // namespace sweepformer
