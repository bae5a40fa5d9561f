#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"
#include "tools/cli/command.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/help.h"
#include "tools/version.h"

namespace sweepformer::cli {
namespace {

bool Contains(const std::vector<std::string>& args, std::string_view flag) {
  for (const std::string& arg : args) {
    if (arg == "--") return false;
    if (arg == flag) return true;
  }
  return false;
}

int Fail(const Status& status) {
  const std::string line = fmt::format("sweepformer: {}\n", Printable(status.message()));
  std::fputs(line.c_str(), stderr);
  return ExitCodeOf(status);
}

Status OutputFailure(int error) {
  return IoError(fmt::format("standard output cannot be written: {}", std::strerror(error)));
}

/// Sends off what was printed; 0, or the error because of which some of it was not.
int FlushOutput() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  return errno != 0 ? errno : EIO;
}

int UnknownCommand(const std::string& name) {
  std::vector<std::string> names = {"--help", "--version", "help"};
  for (const Command& command : Commands()) {
    if (!command.hidden) names.push_back(command.name);
  }
  const bool wants_version = name == "-v" || name == "-V";
  const std::string near = DidYouMean(wants_version ? "--version" : name, names);
  return Fail(InvalidArgument(
      fmt::format("unknown {} '{}'{}", name.starts_with('-') ? "option" : "command", name,
                  near.empty() ? "; 'sweepformer --help' lists the commands" : near)));
}

/// `topics` is what follows help: a command, or nothing.
int Help(const std::vector<std::string>& topics) {
  if (topics.empty() || topics.front() == "help") return fmt::print("{}", LongHelp()), kExitOk;
  const Command* command = FindCommand(topics.front());
  if (!command) return UnknownCommand(topics.front());
  return fmt::print("{}", LongHelp(*command)), kExitOk;
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
  if (args.empty()) return fmt::print(stderr, "{}", ShortHelp()), kExitUsage;
  const std::string& first = args.front();
  if (first == "-h") return fmt::print("{}", ShortHelp()), kExitOk;
  if (first == "--help" || first == "help") return Help({args.begin() + 1, args.end()});
  if (first == "--version") return fmt::print("sweepformer {}\n", kVersion), kExitOk;
  const Command* command = FindCommand(first);
  if (!command) return UnknownCommand(first);
  return Dispatch(*command, {args.begin() + 1, args.end()});
}

/// As Main, but an answer that could not be written was not given. A reader who has left, as `head`
/// does, wants none; that is no error.
int MainWithOutput(const std::vector<std::string>& args) {
  try {
    const int code = Main(args);
    const int error = FlushOutput();
    return error == 0 || error == EPIPE || code != kExitOk ? code : Fail(OutputFailure(error));
  } catch (const std::filesystem::filesystem_error& error) {
    return Fail(IoError(error.what()));
  } catch (const std::system_error& error) {  // fmt's word for a failed write
    const int number = error.code().value();
    return number == EPIPE ? 128 + SIGPIPE : Fail(OutputFailure(number));
  } catch (const std::exception& error) {
    return Fail(Internal(error.what()));
  }
}

/// The number of a standard stream that is closed is not given to a socket or a file, into which
/// then would be printed; writing there still fails.
void ReserveStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", O_RDONLY);
}

}  // namespace
}  // namespace sweepformer::cli

int main(int argc, char** argv) {
  sweepformer::cli::ReserveStandardStreams();
  return sweepformer::cli::MainWithOutput(std::vector<std::string>(argv + 1, argv + argc));
}
