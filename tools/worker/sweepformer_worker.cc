#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "model/blas_kernel.h"
#include "model/description.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/description_json.h"
#include "orchestrator/exec/fork_on_request.h"
#include "tools/worker/provenance.h"
#include "tools/worker/serve_run.h"

namespace sweepformer::worker {
namespace {

enum ExitCode { kExitOk = 0, kExitFailed = 1, kExitUsage = 2 };

constexpr std::string_view kHelp =
    R"(sweepformer-worker carries out single runs for 'sweepformer run', which starts it.

usage:
  sweepformer-worker --describe   print its parameters and metrics as JSON
  sweepformer-worker --run        carry out the run request on standard input
  sweepformer-worker --serve      fork a process for each request on standard input, a socket
  sweepformer-worker --version
  sweepformer-worker --help

By hand, --run prints the run's events as JSON lines:
  echo '{"protocol": 1, "seed": 1, "parameters": {"attention": "linformer", "compression": 8}}' |
    sweepformer-worker --run

The protocol is described in orchestrator/exec/PROTOCOL.md.
)";

int Fail(const Status& status, ExitCode code) {
  fmt::print(stderr, "sweepformer-worker: {}\n", status.message());
  return code;
}

int PrintDescription() {
  WorkerDescription description = model::Describe();
  description.build_id = BuildId();
  fmt::print("{}", FormatDescription(description));
  return kExitOk;
}

void PrintVersion() { fmt::print("sweepformer-worker {}\n{}\n", BuildId(), PlatformText()); }

int Run() {
  const Status armed = ArmCrashPoint();
  if (!armed.ok()) return Fail(armed, kExitUsage);
  const auto events = EventWriter::Open();
  if (!events.ok()) return Fail(events.status(), kExitUsage);
  const Status status = ServeRun(std::cin, *events);
  return status.ok() ? kExitOk : Fail(status, kExitFailed);
}

/// The server ends here once nobody asks any more; so does each run, as if started with --run.
int Serve() {
  const Status armed = ArmCrashPoint();
  if (!armed.ok()) return Fail(armed, kExitUsage);
  return ForkOnRequest() ? Run() : int{kExitOk};
}

int Main(int argc, char** argv) {
  const std::string_view option = argc == 2 ? argv[1] : "";
  if (option == "--describe") return PrintDescription();
  if (option == "--run" || option == "--serve" || option == "--version") {
    model::UseFittingBlasKernel(argv);
  }
  if (option == "--run") return Run();
  if (option == "--serve") return Serve();
  if (option == "--version") return PrintVersion(), kExitOk;
  if (option == "--help" || option == "-h") return fmt::print("{}", kHelp), kExitOk;
  return fmt::print(stderr, "{}", kHelp), kExitUsage;
}

}  // namespace
}  // namespace sweepformer::worker

int main(int argc, char** argv) {
  int code = sweepformer::worker::kExitFailed;
  try {
    code = sweepformer::worker::Main(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "sweepformer-worker: {}\n", error.what());
  }
  // Without the destructors of LibTorch's tables: they take 0.1 s, many times what a fork does.
  std::fflush(nullptr);
  std::_Exit(code);
}
