#include <fmt/format.h>

#include <string>
#include <vector>

#include "orchestrator/core/suggest.h"
#include "tools/cli/command.h"
#include "tools/cli/exit_code.h"
#include "tools/version.h"

namespace sweepformer::cli {
namespace {

const Command* FindCommand(const std::string& name) {
  for (const Command& command : Commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

bool Contains(const std::vector<std::string>& args, std::string_view flag) {
  for (const std::string& arg : args) {
    if (arg == "--") return false;
    if (arg == flag) return true;
  }
  return false;
}

int Fail(const Status& status) {
  fmt::print(stderr, "sweepformer: {}\n", status.message());
  return ExitCodeOf(status);
}

int UnknownCommand(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : Commands()) names.push_back(command.name);
  const std::string near = DidYouMean(name, names);
  return Fail(InvalidArgument(
      fmt::format("unknown command '{}'{}", name,
                  near.empty() ? "; 'sweepformer --help' lists the commands" : near)));
}

int Dispatch(const Command& command, const std::vector<std::string>& args) {
  if (Contains(args, "--help")) return fmt::print("{}", LongHelp(command)), kExitOk;
  if (Contains(args, "-h")) return fmt::print("{}", ShortHelp(command)), kExitOk;
  const auto arguments = ParseArguments(command, args);
  if (!arguments.ok()) return Fail(arguments.status());
  const auto code = command.run(*arguments);
  return code.ok() ? *code : Fail(code.status());
}

int Main(const std::vector<std::string>& args) {
  if (args.empty()) return fmt::print(stderr, "{}", ProgramHelp()), kExitUsage;
  const std::string& first = args.front();
  if (first == "--help" || first == "-h" || first == "help") {
    return fmt::print("{}", ProgramHelp()), kExitOk;
  }
  if (first == "--version") return fmt::print("sweepformer {}\n", kVersion), kExitOk;
  const Command* command = FindCommand(first);
  if (!command) return UnknownCommand(first);
  return Dispatch(*command, {args.begin() + 1, args.end()});
}

}  // namespace
}  // namespace sweepformer::cli

int main(int argc, char** argv) {
  return sweepformer::cli::Main(std::vector<std::string>(argv + 1, argv + argc));
}
