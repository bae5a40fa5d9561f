#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sweepformer {

/// The fixed columns of the views `runs` and `cells`: no parameter and no metric may be called so,
/// in any case. Stored in users' queries; append only.
const std::vector<std::string>& ReservedNames();

bool IsReservedName(std::string_view name);

/// Whether a metric is a probe's: its name begins with probe_, in any case.
bool IsProbeMetric(std::string_view name);

}  // namespace sweepformer
