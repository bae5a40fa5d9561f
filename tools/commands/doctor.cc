#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/commands/launch_screen.h"
#include "tools/doctor/machine.h"
#include "tools/doctor/project.h"
#include "tools/version.h"

namespace sweepformer::cli {
namespace {

Finding Version() {
  return {"version", Health::kOk, fmt::format("sweepformer {}, g++ {}", kVersion, __VERSION__), ""};
}

Finding Terminal() {
  if (ScreenKindOf(false) != ScreenKind::kMovingLine)
    return {"terminal", Health::kAbsent, "none; run prints a line per run", ""};
  winsize size{};
  ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
  const char* name = std::getenv("TERM");
  return {"terminal", Health::kOk, fmt::format("{}, {} columns", name ? name : "", size.ws_col),
          ""};
}

void Append(Findings more, Findings& findings) {
  for (Finding& one : more) findings.push_back(std::move(one));
}

Result<int> Doctor(const Arguments& arguments) {
  Findings findings = {Version()};
  Append(LookAtWorker(), findings);
  Append(LookAtStore(StorePath(arguments)), findings);
  Append(LookAtMachine(), findings);
  findings.push_back(Terminal());
  Append(LookAtData(DataFolder(arguments)), findings);
  fmt::print("{}", arguments.Has("json") ? FindingsJson(findings) : FindingsText(findings));
  return Ready(findings) ? kExitOk : kExitStore;
}

}  // namespace

Command DoctorCommand() {
  Command command;
  command.name = "doctor";
  command.about = "Says what this machine can do, and what is missing.";
  command.options = {DataOption(), StoreOption(), JsonOption()};
  command.examples = {{"sweepformer doctor", "is everything there?"},
                      {"sweepformer doctor --data ../shared/data --json", "for scripts"}};
  command.details =
      "ok: all is well; absent: not there and not needed; warn: works, but not as well as it "
      "could; "
      "missing: nothing runs without it, and the exit code is 3. Nothing is written.";
  command.run = Doctor;
  return command;
}

}  // namespace sweepformer::cli
