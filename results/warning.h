#pragma once

#include <string>
#include <vector>

namespace sweepformer {

/// What a reader of an answer has to know before believing it.
struct Warning {
  std::string kind;     ///< for scripts: "one-seed", …; append only (COMPARE.md)
  std::string seen;     ///< what is there
  std::string matters;  ///< why that matters
  std::string advice;   ///< what to type or do instead

  std::string Text() const;  ///< "seen: matters; advice"
};

using Warnings = std::vector<Warning>;

}  // namespace sweepformer
