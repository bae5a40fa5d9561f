#pragma once

#include "tools/cli/command.h"

namespace sweepformer::cli {

Command InitCommand();
Command PlanCommand();
Command RunCommand();
Command RerunCommand();
Command StatusCommand();
Command ShowCommand();
Command WhyCommand();
Command CompareCommand();
Command QueryCommand();
Command DataCommand();
Command EmitCommand();
Command ExportCommand();
Command DoctorCommand();
Command CompletionCommand();
Command CompleteCommand();
Command ManCommand();

}  // namespace sweepformer::cli
