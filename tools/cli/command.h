#pragma once

#include <string>
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
};

/// One positional argument.
struct PositionalSpec {
  std::string name;
  bool required = true;
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
  std::string details;  ///< further paragraphs of --help
  Result<int> (*run)(const Arguments&) = nullptr;
};

/// Every subcommand, in the order help lists them.
const std::vector<Command>& Commands();

/// Parses `args` (without the command's name). InvalidArgument with a suggestion for an unknown
/// option, a missing or surplus argument. --help and -h are left to the caller.
Result<Arguments> ParseArguments(const Command& command, const std::vector<std::string>& args);

/// -h: the examples and the options, a screen at most. --help: everything.
std::string ShortHelp(const Command& command);
std::string LongHelp(const Command& command);
std::string ProgramHelp();

}  // namespace sweepformer::cli
