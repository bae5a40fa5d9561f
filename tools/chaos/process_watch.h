#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/exec/process_table.h"

namespace sweepformer::chaos {

/// What a process of a sweep is there for.
enum class Role { kOrchestrator, kKeeper, kServer, kWorker };

const char* Word(Role role);

/// A living process of the sweep. Pid and start name it.
struct Actor {
  pid_t pid = 0;
  std::int64_t start_ticks = 0;
  pid_t parent = 0;
  pid_t session = 0;
  Role role = Role::kWorker;
  std::int64_t attempt = 0;  ///< the store's key as its environment tells; 0: it does not
};

/// In which looks a process of an attempt was seen alive.
struct Life {
  std::int64_t attempt = 0;
  int first_look = 0;
  int last_look = 0;
};

/// Looks into /proc for the processes whose environment has SWEEPFORMER_CHAOS=`mark`, which they
/// inherit from the orchestrator, and remembers for how long each was seen.
class ProcessWatch {
 public:
  explicit ProcessWatch(std::string mark) : mark_(std::move(mark)) {}

  /// All that live now; each look costs one or two milliseconds.
  const std::vector<Actor>& Look();

  /// Those of the last look.
  const std::vector<Actor>& actors() const { return actors_; }

  /// By pid and start: everything that was ever seen but orchestrators and keepers.
  const std::map<std::pair<pid_t, std::int64_t>, Life>& lives() const { return lives_; }

 private:
  bool IsOurs(const ProcessEntry& process);

  std::string mark_;
  std::set<std::pair<pid_t, std::int64_t>> strangers_;
  std::vector<Actor> actors_;
  std::map<std::pair<pid_t, std::int64_t>, Life> lives_;
  int looks_ = 0;
};

}  // namespace sweepformer::chaos
