#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orchestrator/exec/brand.h"
#include "orchestrator/exec/process_table.h"
#include "orchestrator/exec/tree_marks.h"

/// Which processes belong to which attempt. Nothing here reads /proc but what ProcessFacts does.
namespace sweepformer {

/// What names a process though its number may become another's: that, and its start ticks.
using ProcessId = std::pair<pid_t, std::int64_t>;

/// By what the processes of an attempt are known, apart from its mark.
struct TreeSigns {
  pid_t pid = 0;           ///< of its program, and so their session; 0: it has none yet
  rlim_t brand = 0;        ///< 0: none
  std::set<FileId> pipes;  ///< of its log and its events
  /// What was below its program when that was first to be stopped.
  std::optional<std::set<ProcessId>> kin;
};

/// What is found of an attempt's processes.
struct AttemptTree {
  std::set<pid_t> alive;
  bool unsure = false;  ///< one that may be of it ended before it could be looked into
};

/// What is read of a process where its place among the others does not say whose it is; tests bring
/// their own.
struct ProcessFacts {
  /// The value of kTreeVariable, "" if there is none or it cannot be seen.
  std::function<std::string(pid_t)> mark = [](pid_t pid) {
    return EnvironmentOf(pid, kTreeVariable);
  };
  std::function<rlim_t(pid_t)> brand = BrandOf;
  std::function<bool(pid_t, const std::set<FileId>&)> holds_any = HoldsAny;
  std::function<bool(pid_t)> has_no_memory = HasNoMemory;
};

/// One look at what is below a keeper, for all attempts: what was read once is not read again, and
/// no attempt goes through all others.
class TreeLook {
 public:
  /// `below`: the keeper's descendants, parents before their children, without its fork server.
  /// `marks` must outlive the look.
  TreeLook(pid_t keeper, std::vector<ProcessEntry> below, const TreeMarks& marks,
           ProcessFacts facts = {})
      : keeper_(keeper), below_(std::move(below)), marks_(marks), facts_(std::move(facts)) {}

  /// Says whose program a process is, or was if that has `ended`. Where its number has come to be
  /// another program's since, that one has it. All have to be said before trees are asked for.
  void AddProgram(std::int64_t attempt, pid_t pid, bool ended);

  /// The processes of an attempt that have not ended: its program, those of the program's session,
  /// those that carry its mark or brand or hold its pipes, its kin, and everything below them.
  /// Those of the session that are the keeper's to wait for count until they are waited for: their
  /// figures are the attempt's. O(processes), and a few reads for each that nothing but its mark or
  /// brand is known by.
  AttemptTree TreeOf(std::int64_t attempt, const TreeSigns& signs);

 private:
  struct Owner {
    std::int64_t attempt = 0;
    bool ended = false;
  };

  const Owner* OwnerOf(pid_t program) const;
  bool IsProgramOfAnother(std::int64_t attempt, pid_t pid) const;
  std::optional<bool> IsMarkedFor(std::int64_t attempt, const TreeSigns& signs,
                                  const ProcessEntry& process);
  const std::string& MarkOf(pid_t pid);
  bool IsAlive(const ProcessEntry& process, const TreeSigns& signs) const;

  pid_t keeper_;
  std::vector<ProcessEntry> below_;
  const TreeMarks& marks_;
  ProcessFacts facts_;
  std::unordered_map<pid_t, Owner> programs_;
  std::unordered_map<pid_t, std::string> seen_marks_;  ///< of those that were asked for theirs
};

/// What is below `program`; `below` as for TreeLook.
std::set<ProcessId> KinOf(pid_t program, const std::vector<ProcessEntry>& below);

}  // namespace sweepformer
