#include "tools/reading/orchestrator_watch.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "orchestrator/core/file.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {
namespace {

std::filesystem::path LockOf(const std::filesystem::path& store) {
  return FollowLinks(store).string() + ".lock";
}

/// The lock is shared for a moment: a `run` that wants it just then tries again.
bool IsHeld(const std::filesystem::path& lock) {
  const UniqueFd fd(open(lock.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno != ENOENT;
  return flock(fd.get(), LOCK_SH | LOCK_NB) != 0;
}

}  // namespace

OrchestratorWatch::OrchestratorWatch(const std::filesystem::path& store)
    : lock_(LockOf(store)), was_held_(IsHeld(lock_)) {}

bool OrchestratorWatch::IsGone() const { return !was_held_ && !IsHeld(lock_); }

}  // namespace sweepformer
