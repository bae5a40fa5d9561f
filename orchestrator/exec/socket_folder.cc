#include "orchestrator/exec/socket_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

/// Hidden and long, as no one names a folder of his own; mkdtemp replaces the X.
constexpr std::string_view kPrefix = ".sweepformer-sockets-";
constexpr std::string_view kRandom = "XXXXXX";

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

bool IsOfSockets(const std::string& name) {
  return name.starts_with(kPrefix) && name.size() == kPrefix.size() + kRandom.size();
}

/// An attempt's socket has its number as its name.
bool IsOfAttempt(const fs::directory_entry& entry) {
  std::error_code error;
  const std::string name = entry.path().filename().string();
  return name.find_first_not_of("0123456789") == std::string::npos &&
         entry.symlink_status(error).type() == fs::file_type::socket;
}

void RemoveLeftovers(const fs::path& place) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    if (IsOfSockets(entry.path().filename().string())) found.push_back(entry.path());
  }
  for (const fs::path& folder : found) {
    const UniqueFd lock = Locked(folder, LOCK_EX | LOCK_NB);
    if (IsLeftOver(lock)) RemoveSocketFolder(folder);
  }
}

}  // namespace

void RemoveSocketFolder(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> sockets;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (IsOfAttempt(entry)) sockets.push_back(entry.path());
  }
  for (const fs::path& socket : sockets) unlink(socket.c_str());
  rmdir(folder.c_str());
}

Result<SocketFolder> SocketFolder::MakeIn(const fs::path& place) {
  RemoveLeftovers(place);
  std::string folder = (place / std::string(kPrefix).append(kRandom)).string();
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
