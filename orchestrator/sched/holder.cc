#include "orchestrator/sched/holder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "orchestrator/core/clock.h"
#include "orchestrator/sched/scheduler.h"

namespace sweepformer {
namespace {

constexpr std::array<unsigned long, 8> kNetworkFileSystems = {
    0x6969,      // NFS
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x517B,      // SMB
    0x0BD00BD0,  // Lustre
    0x47504653,  // GPFS
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
};

Status RefuseNetwork(const std::filesystem::path& store) {
  struct statfs facts {};
  const std::filesystem::path folder = store.has_parent_path() ? store.parent_path() : ".";
  if (statfs(folder.c_str(), &facts) != 0) return {};
  const auto type = static_cast<unsigned long>(facts.f_type) & 0xFFFFFFFFul;
  if (std::find(kNetworkFileSystems.begin(), kNetworkFileSystems.end(), type) ==
      kNetworkFileSystems.end()) {
    return {};
  }
  return InvalidArgument(fmt::format(
      "{}: the store lies on a network file system, where SQLite's write-ahead log is unsafe; put "
      "it on a local disk, e.g. --store /tmp/{}",
      store.string(), store.filename().string()));
}

std::string ReadHolder(int fd) {
  std::array<char, 512> text{};
  const ssize_t size = pread(fd, text.data(), text.size() - 1, 0);
  std::string words(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return words.empty() ? "unknown host and pid" : words;
}

bool LockWithin(int fd, int patience_ms) {
  const std::int64_t deadline = SteadyMs() + patience_ms;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (SteadyMs() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace

Result<StoreHolder> StoreHolder::Acquire(const std::filesystem::path& store, int patience_ms) {
  SF_TRY(RefuseNetwork(store));
  const std::string file = store.string() + ".lock";
  UniqueFd fd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (fd.get() < 0) {
    return IoError(
        fmt::format("{}: cannot be made: {}; check the folder, or name another store "
                    "with --store",
                    file, std::strerror(errno)));
  }
  if (!LockWithin(fd.get(), patience_ms)) {
    return Unavailable(fmt::format(
        "{}: another orchestrator is running on this store ({}); wait for it, stop it, or use "
        "another --store",
        store.string(), ReadHolder(fd.get())));
  }
  const std::string self = fmt::format("host {}, pid {}\n", HostName(), getpid());
  const bool written =
      ftruncate(fd.get(), 0) == 0 &&
      pwrite(fd.get(), self.data(), self.size(), 0) == static_cast<ssize_t>(self.size());
  if (!written)
    return IoError(fmt::format("{}: cannot be written: {}", file, std::strerror(errno)));
  return StoreHolder(std::move(fd));
}

}  // namespace sweepformer
