#pragma once

#include <filesystem>
#include <string_view>

namespace sweepformer {

/// What to say and to do when IsGone() and runs are said to be running.
inline constexpr std::string_view kOrchestratorGone =
    "its orchestrator is gone; run the same command again to go on";

/// Tells runs under way from those whose orchestrator was killed: the store says `running` of both
/// until the next `run`. Made before the store is read and asked after it, so that an orchestrator
/// that ends or begins in between is not taken for a dead one.
class OrchestratorWatch {
 public:
  explicit OrchestratorWatch(const std::filesystem::path& store);

  /// Whether nobody has held the store's lock (sched/holder.h), neither when this was made nor now.
  /// A lock that may not be looked at counts as held. Never waits.
  bool IsGone() const;

 private:
  std::filesystem::path lock_;
  bool was_held_;
};

}  // namespace sweepformer
