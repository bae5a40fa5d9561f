#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"
#include "tools/chaos/process_watch.h"

namespace sweepformer::chaos {

/// What is done to which sweep.
struct CampaignOptions {
  std::filesystem::path program;  ///< sweepformer
  std::filesystem::path folder;   ///< of the spec and the store; made by the caller
  std::filesystem::path store;
  std::vector<std::string> arguments;  ///< of `sweepformer`: the same each time
  int runs = 600;
  int kills = 200;
  int mean_ms = 600;  ///< between two kills
  std::uint64_t seed = 1;
};

/// What was done and seen.
struct CampaignLog {
  std::map<Role, int> kills;
  int launches = 0;
  int checks = 0;                     ///< how often survivors were looked for, 1 s after a kill
  int most_survivors = 0;             ///< alive then, at most
  std::vector<std::string> oddities;  ///< ends and silences that no kill explains
};

/// Runs the sweep once, left alone. IoError, with its last words, if that is not exit 0.
Status RunToEnd(const CampaignOptions& options);

/// Runs a sweep to its end though its processes are killed at random moments. The same command is
/// given again whenever the orchestrator is gone.
class Campaign {
 public:
  explicit Campaign(const CampaignOptions& options);

  /// IoError if the sweep cannot be launched at all.
  Result<CampaignLog> Run();

  const ProcessWatch& watch() const { return watch_; }

 private:
  Status Launch();
  bool WatchUntil(int limit_ms, const std::function<bool()>& condition);
  bool HasEnded();
  int Pause();
  int Kills() const;
  int Succeeded() const;
  void Strike();
  void AfterOrchestrator();
  void AfterKeeper(pid_t parent);
  void CountSurvivors();
  void FinishUndisturbed();

  const CampaignOptions& options_;
  ProcessWatch watch_;
  std::mt19937_64 random_;
  CampaignLog log_;
  pid_t orchestrator_ = 0;  ///< 0: none
  int exit_code_ = 0;       ///< of the last one that ended by itself
};

}  // namespace sweepformer::chaos
