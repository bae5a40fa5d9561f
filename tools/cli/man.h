#pragma once

#include <string>

#include "tools/cli/command.h"

namespace sweepformer::cli {

/// sweepformer-<command>(1) and sweepformer(1) in the man macros, from the tables that help prints.
std::string ManPage(const Command& command);
std::string ManPage();

}  // namespace sweepformer::cli
