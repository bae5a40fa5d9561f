#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"
#include "tools/cli/arguments.h"

namespace sweepformer::cli {

/// One option, as the parser, the help, the man page and the completion all read it.
struct OptionSpec {
  std::string name;      ///< long name without dashes
  char short_name = 0;   ///< 0: none
  std::string argument;  ///< what stands for the value in help; empty: a flag
  std::string doc;
  bool repeated = false;
  std::vector<std::string> choices = {};  ///< all values there are; empty: any
};

/// One positional argument. Its name, like an option's `argument`, says what it is, and so what it
/// is completed with (tools/completion).
struct PositionalSpec {
  std::string name;
  bool required = true;
  std::vector<std::string> choices = {};  ///< all values there are; empty: any
};

struct Example {
  std::string command;
  std::string what;
};

/// A subcommand. `run` returns the exit code, or the failure that main prints and maps to one.
struct Command {
  std::string name;
  std::string about;
  std::vector<PositionalSpec> positionals;
  std::vector<OptionSpec> options;
  std::vector<Example> examples;
  std::string details;  ///< further paragraphs of --help, an empty line between them
  Result<int> (*run)(const Arguments&) = nullptr;
  bool hidden = false;  ///< for programs: in no list
};

/// Every subcommand, in the order help lists them.
const std::vector<Command>& Commands();

/// Null if there is none of this name.
const Command* FindCommand(std::string_view name);

/// Parses `args` (without the command's name). InvalidArgument with a suggestion for an unknown
/// option or choice, a missing or surplus argument. --help and -h are left to the caller.
Result<Arguments> ParseArguments(const Command& command, const std::vector<std::string>& args);

}  // namespace sweepformer::cli
