#pragma once

#include <string>
#include <string_view>

#include "orchestrator/spec/parse_spec.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// Parses the spec `text` of file `name` into `spec`, and before it, depth first, what it includes;
/// a file that is included more than once counts at its first place. Fills `source`, `text` and
/// `folder` too.
/// InvalidArgument at the place of an include that cannot be read or closes a circle.
Status ParseWithIncludes(const std::string& name, std::string_view text, const ReadText& read,
                         SweepSpec& spec);

}  // namespace sweepformer
