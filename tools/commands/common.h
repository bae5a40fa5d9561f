#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/sched/launcher.h"
#include "orchestrator/sched/resources.h"
#include "results/run_record.h"
#include "tools/cli/command.h"
#include "tools/planning/sweep_plan.h"

namespace sweepformer::cli {

/// Options that several commands share.
OptionSpec StoreOption();
OptionSpec DataOption();
OptionSpec JsonOption();
OptionSpec FormatOption();
OptionSpec ResourceOption();

/// --set, --axis, --seeds, --most-cells, --only, --data, --threads-per-run, --resource,
/// --store: what plan and
/// run have in common.
std::vector<OptionSpec> PlanOptions();

/// Prints an answer for people: nothing in it takes hold of the terminal. JSON and CSV go out as
/// they are.
void PrintText(std::string_view text);

/// Whether standard error is a terminal on which a line can be written over: one that TERM names.
bool LinesMove();

/// The store: --store or ./sweepformer.db.
std::filesystem::path StorePath(const Arguments& arguments);

/// Where the log of the run's last attempt is now, if there is one: the store may have been moved
/// since, with its folder of runs.
std::filesystem::path LastLog(const std::filesystem::path& store, const RunRecord& run);

/// The data folder: --data, else SWEEPFORMER_DATA, else empty.
std::filesystem::path DataFolder(const Arguments& arguments);

/// The plan that SPEC and PlanOptions ask for.
Result<SweepPlan> PlanFrom(const Arguments& arguments);

/// The threads each run gets: --threads-per-run, else 1.
Result<int> ThreadsPerRun(const Arguments& arguments);

/// What --resource says this machine has.
Result<Resources> NamedResources(const Arguments& arguments);

/// How runs of `worker` become processes. `parameters`: the names of all the sweep's; `data_folder`
/// is empty where none was named. The number of threads is the caller's to set.
LaunchSettings SettingsFor(const WorkerChoice& worker, const std::vector<std::string>& parameters,
                           const std::filesystem::path& store,
                           const std::filesystem::path& data_folder);

}  // namespace sweepformer::cli
