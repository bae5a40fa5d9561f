#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/core/file.h"
#include "orchestrator/exec/executor.h"
#include "orchestrator/sched/attempt_record.h"
#include "orchestrator/sched/plan.h"
#include "results/store.h"

namespace sweepformer {

/// A file whose content is part of run ids, as it was when they were made.
struct WatchedFile {
  std::filesystem::path path;
  FileStamp stamp;
};

/// InvalidArgument, naming the file, if one of them is not what it was: what would run from now on
/// is not what the ids say.
Status CheckUnchanged(const std::vector<WatchedFile>& files);

/// How the runs of a sweep become processes.
struct LaunchSettings {
  bool foreign = false;                    ///< the command is a template that knows no protocol
  std::vector<std::string> command;        ///< argv
  std::vector<std::string> serve_command;  ///< argv of its fork server; empty: it has none
  std::string worker_version;
  std::set<std::string, NameLess> parameters;  ///< names of all the sweep's, also of inactive ones
  std::filesystem::path store;                 ///< logs lie beside it
  std::filesystem::path data_folder;           ///< empty: none was named
  int threads = 1;
  std::map<std::string, std::string> environment;  ///< added to the inherited one
  std::vector<WatchedFile> watched;  ///< nothing is started once one of them has changed
};

/// IoError if the folder of all runs, <store>.runs, is there and is none that can be written to.
Status CheckRunsFolder(const std::filesystem::path& store);

/// The run's own folder: <store>.runs/<first two of id>/<id>, absolute.
std::filesystem::path RunFolder(const std::filesystem::path& store, const std::string& run);

/// Where a run that others start from keeps its final weights.
std::filesystem::path WeightsFile(const std::filesystem::path& store, const std::string& run);

/// Removes what a run of a worker that describes itself has written down to go on later, and what
/// its attempts left half written: files named checkpoint, checkpoint.* or
/// weights.safetensors.*.tmp in its folder. What cannot be removed stays, and so does what else the
/// worker keeps there.
void RemoveLeftovers(const std::filesystem::path& store, const std::string& run);

LaunchRequest RequestFor(const LaunchSettings& settings, const PlannedWork& work,
                         const AttemptTicket& ticket);

/// What a run carried out so must say.
Expectation ExpectationOf(const LaunchSettings& settings, const PlannedWork& work);

}  // namespace sweepformer
