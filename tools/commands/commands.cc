#include "tools/commands/commands.h"

namespace sweepformer::cli {

const std::vector<Command>& Commands() {
  static const std::vector<Command> commands = {
      PlanCommand(),    RunCommand(),   StatusCommand(), ShowCommand(), WhyCommand(),
      CompareCommand(), QueryCommand(), DataCommand(),   EmitCommand(), DoctorCommand()};
  return commands;
}

}  // namespace sweepformer::cli
