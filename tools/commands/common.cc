#include "tools/commands/common.h"

#include "tools/planning/machine_fit.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "orchestrator/core/file.h"
#include "orchestrator/core/printable.h"

namespace sweepformer::cli {
namespace {

/// Parameters are text in JSON and SQLite, which know UTF-8 only.
Status CheckUtf8(std::string_view option, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (IsUtf8(value)) continue;
    return InvalidArgument(
        fmt::format("{} '{}': not UTF-8; write the value in UTF-8, as a spec has it (for other "
                    "bytes pass the name of a file)",
                    option, value));
  }
  return {};
}

/// What workers have in their environment beside what this program has: its folder on the PATH.
std::map<std::string, std::string> WorkerEnvironment() {
  const char* path = std::getenv("PATH");
  return {{"PATH", fmt::format("{}:{}", path ? path : "/usr/bin:/bin", ProgramFolder().string())}};
}

}  // namespace

OptionSpec StoreOption() {
  return {"store", 0, "DB", "the store (default: sweepformer.db in this folder)"};
}

OptionSpec DataOption() {
  return {"data", 0, "DIR", "where data sets lie (default: $SWEEPFORMER_DATA)"};
}

OptionSpec JsonOption() { return {"json", 0, "", "print JSON for scripts"}; }

OptionSpec FormatOption() {
  return {"format", 0,
          "FORM",   "table (default), csv, json, md or latex",
          false,    {"table", "csv", "json", "md", "latex"}};
}

OptionSpec ResourceOption() {
  return {"resource", 0, "NAME=N", "how many there are of a name of [limits]: gpus=2", true};
}

std::vector<OptionSpec> PlanOptions() {
  return {{"set", 0, "K=V", "give a parameter this one value", true},
          {"axis", 0, "K=A,B", "let a parameter take these values in turn", true},
          {"seeds", 0, "N", "only the first N seeds"},
          {"most-cells", 0, "N", "refuse a grid of more cells (default 100000)"},
          {"only", 0, "SQL", "only the cells where this holds, e.g. \"attention = 'full'\""},
          DataOption(),
          {"threads-per-run", 0, "T", "threads of each run (default 1)"},
          ResourceOption(),
          StoreOption()};
}

void PrintText(std::string_view text) { fmt::print("{}", Printable(text)); }

bool LinesMove() {
  const char* named = std::getenv("TERM");
  const std::string_view terminal = named ? named : "";
  return isatty(STDERR_FILENO) && !terminal.empty() && terminal != "dumb";
}

std::filesystem::path LastLog(const std::filesystem::path& store, const RunRecord& run) {
  if (run.attempts.empty()) return {};
  const std::filesystem::path log = run.attempts.back().log_path;
  std::error_code error;
  if (std::filesystem::exists(log, error)) return log;
  const std::filesystem::path moved = RunFolder(FollowLinks(store), run.id) / log.filename();
  return std::filesystem::exists(moved, error) ? moved : log;
}

std::filesystem::path StorePath(const Arguments& arguments) {
  return arguments.Text("store").value_or("sweepformer.db");
}

std::filesystem::path DataFolder(const Arguments& arguments) {
  if (const auto named = arguments.Text("data")) return *named;
  const char* inherited = std::getenv("SWEEPFORMER_DATA");
  return inherited ? inherited : "";
}

Result<int> ThreadsPerRun(const Arguments& arguments) {
  SF_ASSIGN(const auto threads, arguments.Integer("threads-per-run", 1, 1024));
  return static_cast<int>(threads.value_or(1));
}

Result<SweepPlan> PlanFrom(const Arguments& arguments) {
  PlanRequest request;
  request.spec = *arguments.Text("SPEC");
  request.overrides.set = arguments.All("set");
  request.overrides.axis = arguments.All("axis");
  SF_TRY(CheckUtf8("--set", request.overrides.set));
  SF_TRY(CheckUtf8("--axis", request.overrides.axis));
  request.overrides.only = arguments.Text("only");
  SF_ASSIGN(request.overrides.seeds, arguments.Integer("seeds", 1, 1'000'000));
  SF_ASSIGN(request.threads, ThreadsPerRun(arguments));
  SF_ASSIGN(const auto most_cells, arguments.Integer("most-cells", 1, 100'000'000));
  request.most_cells = most_cells.value_or(kMostCells);
  request.data_folder = DataFolder(arguments);
  return MakeSweepPlan(request);
}

Result<Resources> NamedResources(const Arguments& arguments) {
  return ParseResources(arguments.All("resource"));
}

LaunchSettings SettingsFor(const WorkerChoice& worker, const std::vector<std::string>& parameters,
                           const std::filesystem::path& store,
                           const std::filesystem::path& data_folder) {
  LaunchSettings settings;
  settings.foreign = worker.foreign();
  settings.command = worker.command;
  settings.serve_command = worker.serve_command;
  settings.worker_version = worker.version;
  settings.parameters.insert(parameters.begin(), parameters.end());
  settings.store = FollowLinks(store);
  if (!data_folder.empty()) settings.data_folder = std::filesystem::absolute(data_folder);
  settings.environment = WorkerEnvironment();
  return settings;
}

}  // namespace sweepformer::cli
