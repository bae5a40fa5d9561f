#include "orchestrator/sched/launcher.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/command_template.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

Parameters TemplateValues(const LaunchSettings& settings, const PlannedWork& work,
                          const AttemptTicket& ticket) {
  Parameters values = work.config.parameters();
  values["seed"] = work.config.seed();
  values["run"] = work.config.id();
  values["attempt"] = std::int64_t{ticket.number};
  values["dir"] = RunFolder(settings.store, work.config.id()).string();
  values["threads"] = std::int64_t{settings.threads};
  const std::string& parent = work.config.parent();
  if (!parent.empty()) values["parent_dir"] = RunFolder(settings.store, parent).string();
  return values;
}

std::filesystem::path RunsFolder(const std::filesystem::path& store) {
  std::filesystem::path folder = std::filesystem::absolute(store);
  folder += ".runs";
  return folder;
}

std::string RunRequestText(const LaunchSettings& settings, const PlannedWork& work,
                           const AttemptTicket& ticket) {
  RunRequest request;
  request.run = work.config.id();
  request.attempt = ticket.number;
  request.kind = work.config.kind();
  request.seed = work.config.seed();
  request.threads = settings.threads;
  request.warmup_steps = work.config.warmup_steps();
  request.folder = RunFolder(settings.store, work.config.id());
  request.data_folder = settings.data_folder;
  if (work.keep_weights) request.keep_weights = WeightsFile(settings.store, request.run);
  request.parent = work.config.parent();
  if (!request.parent.empty()) request.init_from = WeightsFile(settings.store, request.parent);
  request.parameters = work.config.parameters();
  return FormatRequest(request);
}

}  // namespace

Status CheckUnchanged(const std::vector<WatchedFile>& files) {
  for (const WatchedFile& file : files) {
    const auto stamp = StampFile(file.path);
    if (stamp.ok() && *stamp == file.stamp) continue;
    return InvalidArgument(
        fmt::format("{}: changed while the sweep was running, and its content is part of every "
                    "run's id; run the same command again to go on with what it is now",
                    file.path.string()));
  }
  return {};
}

Status CheckRunsFolder(const std::filesystem::path& store) {
  const std::filesystem::path folder = RunsFolder(store);
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) return {};
  if (!std::filesystem::is_directory(folder, error)) {
    return IoError(
        fmt::format("{}: not a folder, and the runs' logs and weights are to lie in one of this "
                    "name; move it away, or name another store with --store",
                    folder.string()));
  }
  if (access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return IoError(fmt::format(
      "{0}: the runs' logs and weights cannot be put there: {1}; `chmod u+wx '{0}'` if it is "
      "yours, or name another store with --store",
      folder.string(), std::strerror(errno)));
}

std::filesystem::path RunFolder(const std::filesystem::path& store, const std::string& run) {
  return RunsFolder(store) / run.substr(0, 2) / run;
}

std::filesystem::path WeightsFile(const std::filesystem::path& store, const std::string& run) {
  return RunFolder(store, run) / "weights.safetensors";
}

void RemoveLeftovers(const std::filesystem::path& store, const std::string& run) {
  std::error_code error;
  const std::string weights = WeightsFile(store, run).filename().string();
  for (const auto& entry : std::filesystem::directory_iterator(RunFolder(store, run), error)) {
    const std::string name = entry.path().filename().string();
    const bool half_written = name.starts_with(weights + ".") && name.ends_with(".tmp");
    if (name == "checkpoint" || name.starts_with("checkpoint.") || half_written) {
      std::filesystem::remove(entry.path(), error);
    }
  }
}

LaunchRequest RequestFor(const LaunchSettings& settings, const PlannedWork& work,
                         const AttemptTicket& ticket) {
  LaunchRequest request;
  request.attempt = ticket.key;
  request.command = settings.command;
  request.environment = settings.environment;
  request.log = ticket.log_path;
  request.threads = settings.threads;
  request.cpus = static_cast<int>(std::ceil(work.terms->limits.cpus.value_or(settings.threads)));
  request.timeout_s = work.terms->limits.timeout_s;
  request.mem_limit_bytes = work.terms->limits.mem_bytes;
  request.serve_command = settings.serve_command;
  // Else every attempt would die at the same step of its life.
  if (ticket.number > 1 && std::getenv(kCrashVariable)) request.environment[kCrashVariable] = "";
  if (!settings.foreign) {
    request.standard_input = RunRequestText(settings, work, ticket);
    return request;
  }
  const Parameters values = TemplateValues(settings, work, ticket);
  for (std::string& argument : request.command) {
    if (UsesPlaceholder(argument, "dir")) {
      request.folder = RunFolder(settings.store, work.config.id());
    }
    argument = FillTemplate(argument, values);
  }
  return request;
}

Expectation ExpectationOf(const LaunchSettings& settings, const PlannedWork& work) {
  Expectation expected;
  expected.speaks_protocol = !settings.foreign;
  expected.worker_version = settings.worker_version;
  expected.parameters = work.config.parameters();
  expected.seed = work.config.seed();
  expected.data = work.config.basis().dataset_fingerprint;
  expected.kind = work.config.kind();
  expected.threads = settings.threads;
  expected.parameter_names = settings.parameters;
  return expected;
}

}  // namespace sweepformer
