#include "orchestrator/exec/socket_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "sweepformer-";

/// Between the making of a folder and its lock nobody holds it: leave it this long.
constexpr std::time_t kYoungSeconds = 60;

UniqueFd Locked(const fs::path& folder, int how) {
  UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.valid() && flock(fd.get(), how) != 0) fd.reset();
  return fd;
}

/// Whether the folder is of this user and a dead orchestrator, whose lock is had in `lock`.
bool IsLeftOver(const UniqueFd& lock) {
  struct stat facts {};
  return lock.valid() && fstat(lock.get(), &facts) == 0 && facts.st_uid == geteuid() &&
         facts.st_mtime + kYoungSeconds < std::time(nullptr);
}

void RemoveLeftovers(const fs::path& place) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    if (const UniqueFd lock = Locked(entry.path(), LOCK_EX | LOCK_NB); IsLeftOver(lock)) {
      fs::remove_all(entry.path(), error);
    }
  }
}

}  // namespace

Result<SocketFolder> SocketFolder::MakeIn(const fs::path& place) {
  RemoveLeftovers(place);
  std::string folder = (place / (std::string(kPrefix) + "XXXXXX")).string();
  if (!mkdtemp(folder.data())) {
    return IoError(folder + ": the folder cannot be made: " + std::strerror(errno));
  }
  // Another orchestrator that looks for leftovers may hold it for a moment.
  UniqueFd lock = Locked(folder, LOCK_EX);
  if (!lock.valid()) return IoError(folder + ": cannot be locked: " + std::strerror(errno));
  return SocketFolder(folder, std::move(lock));
}

Result<SocketFolder> SocketFolder::Make() {
  auto in_memory = MakeIn("/dev/shm");
  return in_memory.ok() ? std::move(in_memory) : MakeIn("/tmp");
}

}  // namespace sweepformer
