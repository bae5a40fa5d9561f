#include "tools/commands/commands.h"

namespace sweepformer::cli {

const std::vector<Command>& Commands() {
  static const std::vector<Command> commands = {
      InitCommand(),   PlanCommand(),       RunCommand(),   StatusCommand(),
      ShowCommand(),   WhyCommand(),        RerunCommand(), CompareCommand(),
      QueryCommand(),  ExportCommand(),     DataCommand(),  EmitCommand(),
      DoctorCommand(), CompletionCommand(), ManCommand(),   CompleteCommand()};
  return commands;
}

const Command* FindCommand(std::string_view name) {
  for (const Command& command : Commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace sweepformer::cli
