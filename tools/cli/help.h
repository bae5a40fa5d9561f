#pragma once

#include <string>

#include "tools/cli/command.h"

namespace sweepformer::cli {

/// Help for an ordinary terminal, 80 columns wide; only what is to be typed may be wider.

/// -h: examples and options on one screen of 24 lines; examples that do not fit are left out.
std::string ShortHelp(const Command& command);

/// --help: everything.
std::string LongHelp(const Command& command);

/// The same of the whole program.
std::string ShortHelp();
std::string LongHelp();

/// "sweepformer run SPEC [options]".
std::string Usage(const Command& command);

/// A command line too long for the screen goes on in the next line, as a shell reads it.
std::string FoldCommand(const std::string& line);

}  // namespace sweepformer::cli
