#pragma once

#include <string>
#include <string_view>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"

namespace sweepformer {

/// A description as the JSON that --describe prints (PROTOCOL.md; append only), and back.
/// InvalidArgument if the text is no description of this version.
std::string FormatDescription(const WorkerDescription& description);
Result<WorkerDescription> ParseDescription(std::string_view text);

}  // namespace sweepformer
