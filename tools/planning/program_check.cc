#include "tools/planning/program_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

/// Where `execvp` looks: PATH, and behind it our own folder, which every run is given.
std::vector<fs::path> SearchedFolders() {
  const char* inherited = std::getenv("PATH");
  std::istringstream list(inherited ? inherited : "/usr/bin:/bin");
  std::vector<fs::path> folders;
  for (std::string folder; std::getline(list, folder, ':');) {
    folders.emplace_back(folder.empty() ? "." : folder);
  }
  folders.push_back(ProgramFolder());
  return folders;
}

bool IsProgram(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

/// What is wrong with a program named by its path, "" if nothing is.
std::string PathProblem(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return fmt::format(
        "the worker's program '{}' does not exist (looked from {}, the folder you "
        "call sweepformer from)",
        path, fs::current_path(error).string());
  }
  if (IsProgram(path)) return "";
  return fmt::format(
      "the worker's program '{0}' is not a program that can be started; "
      "`chmod +x '{0}'`, or name its interpreter before it: [\"sh\", \"{0}\"]",
      path);
}

std::string Problem(const std::string& program) {
  if (program.find('{') != std::string::npos) return "";
  if (program.find('/') != std::string::npos) return PathProblem(program);
  const auto folders = SearchedFolders();
  if (std::any_of(folders.begin(), folders.end(),
                  [&](const fs::path& folder) { return IsProgram(folder / program); })) {
    return "";
  }
  std::error_code error;
  const bool here = fs::exists(program, error);
  const char* path = std::getenv("PATH");
  return fmt::format("the worker's program '{}' is in no folder of PATH ({}); {}", program,
                     path ? path : "/usr/bin:/bin",
                     here ? fmt::format("the one in this folder is './{}'", program)
                          : "install it, or write its path");
}

}  // namespace

std::optional<std::string> ProgramProblem(const SweepPlan& plan) {
  if (!plan.worker.foreign()) return std::nullopt;
  const std::string problem = Problem(plan.worker.command.front());
  if (problem.empty()) return std::nullopt;
  return plan.spec.source.Error(plan.spec.worker.command.front().where, problem).message();
}

}  // namespace sweepformer
