#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/spec/sweep_spec.h"
#include "results/run_record.h"
#include "tools/reading/page.h"

namespace sweepformer {

/// One run as a person reads it: configuration, sweeps, attempts, final metrics with their units,
/// learning curves as sparklines, where the log is. `interrupted`: an attempt of it is said to
/// be under way, but its orchestrator is gone.
std::string RunText(const RunRecord& run, bool interrupted = false, const Page& page = {});

/// The same for scripts, in full; "version" is 1.
std::string RunJson(const RunRecord& run, bool interrupted = false);

/// What an explanation has to know beside the run.
struct WhyContext {
  std::int64_t now_ms = 0;
  bool interrupted = false;                   ///< as for RunText
  bool orchestrated = false;                  ///< an orchestrator holds the store
  std::optional<RetrySpec> retry = {};        ///< what the run's sweep allows; absent: not known
  std::filesystem::path log = {};             ///< of its last attempt
  std::optional<RunState> parent_state = {};  ///< of the run it starts from; absent: not known
};

/// In sentences, why the run is in the state it is in and what will become of it.
std::string WhyText(const RunRecord& run, const WhyContext& context);

/// The same for scripts: the facts the sentences rest on, and the sentences; "version" is 1.
std::string WhyJson(const RunRecord& run, const WhyContext& context);

}  // namespace sweepformer
