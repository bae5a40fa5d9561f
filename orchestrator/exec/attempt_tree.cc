#include "orchestrator/exec/attempt_tree.h"

namespace sweepformer {

void TreeLook::AddProgram(std::int64_t attempt, pid_t pid, bool ended) {
  const auto [known, is_new] = programs_.try_emplace(pid, Owner{attempt, ended});
  if (!is_new && !ended) known->second = {attempt, ended};
}

AttemptTree TreeLook::TreeOf(std::int64_t attempt, const TreeSigns& signs) {
  AttemptTree found;
  if (signs.pid == 0) return found;
  std::set<pid_t> tree, others;
  for (const ProcessEntry& process : below_) {
    const Owner* owner = OwnerOf(process.pid);
    const bool is_program = owner && owner->attempt == attempt && !owner->ended;
    const bool is_anothers = owner && owner->attempt != attempt;
    if (!is_program && (is_anothers || others.contains(process.parent))) {
      others.insert(process.pid);
      continue;
    }
    std::optional<bool> belongs =
        (process.session == signs.pid && !IsProgramOfAnother(attempt, process.session)) ||
        is_program || tree.contains(process.parent) ||
        (signs.kin && signs.kin->contains({process.pid, process.start_ticks}));
    if (!*belongs && !IsProgramOfAnother(attempt, process.session)) {
      belongs = IsMarkedFor(attempt, signs, process);
    }
    if (!belongs) found.unsure = true;
    if (!belongs.value_or(false)) continue;
    tree.insert(process.pid);
    if (IsAlive(process, signs)) found.alive.insert(process.pid);
  }
  return found;
}

const TreeLook::Owner* TreeLook::OwnerOf(pid_t program) const {
  const auto owner = programs_.find(program);
  return owner == programs_.end() ? nullptr : &owner->second;
}

/// Nobody can come to be below another attempt's program, or join its session: what is there need
/// not be asked for its mark, which may be that of a sweep within a sweep.
bool TreeLook::IsProgramOfAnother(std::int64_t attempt, pid_t pid) const {
  const Owner* owner = OwnerOf(pid);
  return owner && owner->attempt != attempt;
}

/// What has cleared its environment mostly has the brand; what is of a sweep within, and has that
/// one's, mostly still writes where its program did. Nothing if it has just ended: then none of it
/// may be seen, nor what it forked before, which may be too young to be listed.
std::optional<bool> TreeLook::IsMarkedFor(std::int64_t attempt, const TreeSigns& signs,
                                          const ProcessEntry& process) {
  const bool is_branded = signs.brand != 0 && facts_.brand(process.pid) == signs.brand;
  if (!is_branded) {
    const std::string& mark = MarkOf(process.pid);
    if (marks_.IsOurs(mark)) return mark == marks_.Of(attempt);
    if (facts_.holds_any(process.pid, signs.pipes)) return true;
  }
  const bool stays = process.state == 'Z' && process.parent != keeper_;  // till it is waited for
  if (!stays && facts_.has_no_memory(process.pid)) return std::nullopt;
  return is_branded;
}

const std::string& TreeLook::MarkOf(pid_t pid) {
  const auto [seen, is_new] = seen_marks_.try_emplace(pid);
  if (is_new) seen->second = facts_.mark(pid);
  return seen->second;
}

/// Of one that belongs to the tree.
bool TreeLook::IsAlive(const ProcessEntry& process, const TreeSigns& signs) const {
  const bool is_ours = process.session == signs.pid && process.parent == keeper_;
  return process.state == 'Z' ? is_ours : process.state != 'X';
}

std::set<ProcessId> KinOf(pid_t program, const std::vector<ProcessEntry>& below) {
  std::set<ProcessId> kin;
  for (const ProcessEntry& process : DescendantsOf(program, below)) {
    kin.emplace(process.pid, process.start_ticks);
  }
  return kin;
}

}  // namespace sweepformer
