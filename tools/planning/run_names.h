#pragma once

#include <set>
#include <string>
#include <vector>

#include "orchestrator/sched/plan.h"

namespace sweepformer {

/// Calls the runs of a plan by what tells them apart.
class RunNames {
 public:
  explicit RunNames(const std::vector<PlannedWork>& work);

  /// Whether a parameter belongs to the names.
  bool IsVarying(const std::string& parameter) const { return varying_.contains(parameter); }

  /// The parameters that differ between cells and the label: "attention=linformer  compression=8".
  /// One that some cells lack and the others agree on is left out where names stay distinct.
  std::string CellName(const PlannedWork& work) const;

  /// The same with the seed.
  std::string RunName(const PlannedWork& work) const;

 private:
  std::set<std::string, NameLess> varying_;
};

}  // namespace sweepformer
