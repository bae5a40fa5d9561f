#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "orchestrator/exec/attempt_tree.h"
#include "orchestrator/exec/child_end.h"
#include "orchestrator/exec/keeper_protocol.h"
#include "orchestrator/exec/memory_group.h"

namespace sweepformer {

/// One program that the keeper was told to start, what is found of its tree, and what is known of
/// its end. Times are milliseconds of a steady clock.
struct KeptProgram {
  /// How long a tree of which nothing is found is looked for again because something ended before
  /// it could be looked into, which may have been another's all along.
  static constexpr int kLongestUnsureMs = 5000;

  TreeSigns signs;       ///< its pid is 0 while a fork server has been asked for it
  bool forked = false;   ///< by a fork server, not executed
  bool killing = false;  ///< whatever is found of its tree is killed
  int signal = 0;        ///< to be sent once it has a pid; 0: none
  std::optional<std::int64_t> mem_limit_bytes;
  std::optional<MemoryGroup> group;  ///< none: its memory is watched, if it is limited
  std::int64_t peak_watched_bytes = 0;
  double orphans_cpu_seconds = 0;       ///< of processes of its session that it did not wait for
  std::int64_t orphans_peak_bytes = 0;  ///< of the largest of them
  bool out_of_memory = false;
  std::optional<EndedReport> end;     ///< of the program; its tree may live on
  std::int64_t unsure_since_ms = 0;   ///< see MayBeMissed; 0: it is not
  std::int64_t lingers_since_ms = 0;  ///< without its program, as far as was seen; 0: it does not
  bool told_lingering = false;

  /// How long what a program started may go on after it before that is told.
  static constexpr int kLingeringMs = 2000;

  bool IsWatched() const { return mem_limit_bytes && !group; }

  /// Whether it matters which of its processes live; `weighs`: whether memory is looked at now.
  bool NeedsLook(bool weighs) const { return killing || end || (weighs && IsWatched()); }

  /// Whether the tree may live though nothing of it was found, as one of processes that fork
  /// themselves and end: each is gone before it can be looked into. Not for longer than
  /// kLongestUnsureMs.
  bool MayBeMissed(const AttemptTree& tree, std::int64_t now_ms);

  /// A process of the tree that is to be told of, once, for it outlives the program.
  std::optional<pid_t> TakeLingering(const AttemptTree& tree, std::int64_t now_ms);

  /// Sends it to the program's process group, or to the program where it has not come to have one;
  /// keeps it where there is no program yet, and does nothing where it has ended.
  void Send(int number);

  /// Its processes, if it IsWatched, hold so much now.
  void TakeMemory(std::int64_t held_bytes);

  /// Asks its group, if it has one, whether it has been over its limit.
  void AskGroup();

  /// Its program has ended; that has to be set down once only.
  void TakeEnd(std::int64_t attempt, const ChildEnd& how);

  /// A process of its session that it had not waited for has ended.
  void TakeOrphansEnd(const ChildEnd& how);

  /// What is to be reported once its tree has ended; the program must have.
  EndedReport WholeEnd() const;
};

/// All that the keeper has not reported the ends of, by attempt.
using KeptPrograms = std::map<std::int64_t, KeptProgram>;

/// The first of those that have this process, or had it; nullptr if none is.
const KeptProgram* FindProgram(const KeptPrograms& programs, pid_t pid);

/// The one whose end that of this process is: it has not ended; end() if there is none.
KeptPrograms::iterator FindLivingProgram(KeptPrograms& programs, pid_t pid);

/// The one whose session has this number; nullptr if there is none. A session's number is not given
/// to another process while anybody is in it, but a program of that number may have ended before:
/// one that lives goes before those, and the last of those before the others.
KeptProgram* FindOwnerOfSession(KeptPrograms& programs, pid_t session);

/// Whether any of the keeper's `children` is neither a program nor the fork `server`, whose number
/// is 0 where there is none. If none is, nothing lives of the trees whose programs have ended:
/// their orphans would be children of the keeper.
bool AnyStranger(const std::vector<pid_t>& children, const KeptPrograms& programs, pid_t server);

}  // namespace sweepformer
