#include "tools/cli/man.h"

#include <fmt/format.h>

#include "orchestrator/core/suggest.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"

namespace sweepformer::cli {
namespace {

Result<int> PrintManPage(const Arguments& arguments) {
  const auto name = arguments.Text("COMMAND");
  if (!name) return fmt::print("{}", ManPage()), kExitOk;
  if (const Command* command = FindCommand(*name))
    return fmt::print("{}", ManPage(*command)), kExitOk;
  std::vector<std::string> names;
  for (const Command& command : Commands()) names.push_back(command.name);
  return InvalidArgument(fmt::format("no command '{}'{}", *name, DidYouMean(*name, names)));
}

}  // namespace

Command ManCommand() {
  Command command;
  command.name = "man";
  command.about = "Prints the manual page of a command, or of the program.";
  command.positionals = {{"COMMAND", false}};
  command.examples = {{"sweepformer man run | man -l -", "read it"},
                      {"sweepformer man > sweepformer.1", "keep it"}};
  command.details = "`make install` puts the pages where man looks for them: man sweepformer-run.";
  command.run = PrintManPage;
  return command;
}

}  // namespace sweepformer::cli
