#include "orchestrator/sched/holder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <sstream>
#include <thread>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/file.h"
#include "orchestrator/exec/process_table.h"
#include "orchestrator/sched/scheduler.h"

namespace sweepformer {
namespace {

/// Not 9P: containers and virtual machines reach disks of their own host through it.
constexpr std::array<unsigned long, 11> kNetworkFileSystems = {
    0x6969,      // NFS
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x517B,      // SMB
    0x0BD00BD0,  // Lustre
    0x47504653,  // GPFS
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x19830326,  // BeeGFS
    0x73757245,  // Coda
    0xAAD7AAEA,  // PanFS
};

constexpr unsigned long kFuse = 0x65735546;
constexpr unsigned long k9p = 0x01021997;
constexpr std::array<std::string_view, 9> kNetworkFuses = {
    "fuse.sshfs",   "fuse.glusterfs", "fuse.ceph",      "fuse.rclone",    "fuse.s3fs",
    "fuse.gcsfuse", "fuse.juicefs",   "fuse.curlftpfs", "fuse.gvfsd-fuse"};

}  // namespace

bool IsNetworkFileSystem(unsigned long number, std::string_view name) {
  const auto among = [](const auto& all, const auto& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  return number == kFuse ? among(kNetworkFuses, name) : among(kNetworkFileSystems, number);
}

std::string FileSystemName(const std::string& mounts, const std::string& device) {
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word >> word >> word;  // its number, its parent's, its device
    if (word != device) continue;
    while (words >> word && word != "-") {
    }
    words >> word;
    return word;
  }
  return "";
}

Status CheckLocalDisk(const std::filesystem::path& store) {
  struct statfs facts {};
  const std::filesystem::path file = FollowLinks(store);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  struct stat status {};
  if (statfs(folder.c_str(), &facts) != 0 || stat(folder.c_str(), &status) != 0) return {};
  const auto number = static_cast<unsigned long>(facts.f_type) & 0xFFFFFFFFul;
  const auto mounts = ReadFile("/proc/self/mountinfo");
  const std::string device = fmt::format("{}:{}", major(status.st_dev), minor(status.st_dev));
  if (!IsNetworkFileSystem(number, FileSystemName(mounts.ok() ? *mounts : "", device))) return {};
  return IoError(fmt::format(
      "{}: the store lies on a network file system, where SQLite's write-ahead log is unsafe; put "
      "it on a local disk, e.g. --store /tmp/{}",
      store.string(), store.filename().string()));
}

namespace {

/// Who holds a lock, as its file tells.
struct HolderNote {
  std::string words = "host and pid unknown";
  pid_t pid = 0;
  std::string boot_id;
  std::int64_t start_ticks = 0;

  /// A container's processes cannot be seen from another.
  bool is_of_this_host() const { return words.starts_with(fmt::format("host {},", HostName())); }

  bool lives() const {
    if (boot_id != BootId()) return false;
    const auto process = ReadProcess(pid);
    return process && process->start_ticks == start_ticks && process->state != 'Z';
  }
};

std::string OwnNote() {
  const auto self = ReadProcess(getpid());
  return fmt::format("host {}, pid {}\nprocess {} {} {}\n", HostName(), getpid(), getpid(),
                     self ? self->start_ticks : 0, BootId());
}

HolderNote ReadNote(int fd) {
  std::array<char, 512> text{};
  const ssize_t size = pread(fd, text.data(), text.size() - 1, 0);
  std::istringstream lines(std::string(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0));
  HolderNote note;
  std::string words, skipped;
  if (!std::getline(lines, words)) return note;
  note.words = words;
  lines >> skipped >> note.pid >> note.start_ticks >> note.boot_id;
  return note;
}

/// Of the process that holds a lock on the open file `fd`, as /proc/locks has it. Devices go by
/// other numbers there on some file systems.
HolderNote NoteOfHolder(int fd) {
  HolderNote note;
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return note;
  const auto locks = ReadFile("/proc/locks");
  std::istringstream lines(locks.ok() ? *locks : "");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, kind, how, what, file;
    pid_t pid = 0;
    words >> number >> kind >> how >> what >> pid >> file;
    if (kind != "FLOCK" || !file.ends_with(fmt::format(":{}", facts.st_ino))) continue;
    const auto process = ReadProcess(pid);
    if (!process) continue;
    return {fmt::format("host {}, pid {}", HostName(), pid), pid, BootId(), process->start_ticks};
  }
  return note;
}

Result<UniqueFd> OpenLock(const std::filesystem::path& file) {
  UniqueFd fd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (fd.valid()) return fd;
  const std::filesystem::path folder = file.parent_path();
  if (errno == ENOENT && !std::filesystem::exists(folder)) {
    return IoError(fmt::format(
        "{0}: the folder of the store does not exist; `mkdir -p '{0}'` makes it, or name another "
        "store with --store",
        folder.string()));
  }
  return IoError(
      fmt::format("{}: cannot be made: {}; check the folder, or name another store "
                  "with --store",
                  file.string(), std::strerror(errno)));
}

/// A descriptor of the store to be locked, which is made if it is not there. -1 where it cannot be
/// opened, of which SQLite tells more, and on 9P, which makes such a lock one of SQLite's kind.
UniqueFd OpenStore(const std::filesystem::path& store) {
  UniqueFd fd(open(store.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) {
    fd.reset(open(store.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644));
  }
  struct statfs facts {};
  const bool known = fd.valid() && fstatfs(fd.get(), &facts) == 0;
  return known && static_cast<unsigned long>(facts.f_type) != k9p ? std::move(fd) : UniqueFd();
}

/// Whether `fd` is locked now and still what the path leads to.
bool TryLock(int fd, const std::filesystem::path& file) {
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return false;
  struct stat opened {
  }, named{};
  return fstat(fd, &opened) == 0 && stat(file.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/// Ends what is left of a dead holder's workers; other processes that have the file open are no
/// business of ours.
void KillOrphans(const std::filesystem::path& file) {
  for (const pid_t pid : ProcessesWithOpen(file)) {
    if (IsOfATree(pid)) kill(pid, SIGKILL);
  }
}

Status Refusal(const std::filesystem::path& store, const HolderNote& holder) {
  if (holder.lives() || !holder.is_of_this_host()) {
    return Unavailable(fmt::format(
        "{}: another orchestrator is running on this store ({}); wait for it, stop it, or use "
        "another --store",
        store.string(), holder.words));
  }
  return Unavailable(
      fmt::format("{0}: its orchestrator ({1}) is gone, but processes it left still hold the "
                  "store; `fuser -k {0}.lock` ends them",
                  store.string(), holder.words));
}

/// Who writes so means a store in memory, as SQLite knows it, which would be lost at the end.
Status CheckNamesFile(const std::filesystem::path& store) {
  if (!store.empty() && store != ":memory:") return {};
  return InvalidArgument(
      fmt::format("--store '{}': names no file, and what is not in one would be lost at the end; "
                  "name one, e.g. --store x.db{}",
                  store.string(), store.empty() ? "" : ", or --store ./:memory: for one so named"));
}

struct Locks {
  UniqueFd file;
  UniqueFd store;  ///< -1 where it cannot be locked
};

/// Takes both locks of a store, `file` being the path of its lock file.
Result<Locks> TakeLocks(const std::filesystem::path& store, const std::filesystem::path& file,
                        int patience_ms) {
  constexpr int kOrphansMs = 500;
  const std::int64_t begin = SteadyMs();
  for (;;) {
    Locks locks;
    SF_ASSIGN(locks.file, OpenLock(file));
    const bool has_file = TryLock(locks.file.get(), file);
    if (has_file) locks.store = OpenStore(store);
    if (has_file && (!locks.store.valid() || TryLock(locks.store.get(), store))) return locks;
    const std::int64_t waited = SteadyMs() - begin;
    if (has_file) {  // by one that has no lock file any more, perhaps as it is just ending
      if (waited >= patience_ms) return Refusal(store, NoteOfHolder(locks.store.get()));
    } else {
      const HolderNote holder = ReadNote(locks.file.get());
      if (holder.lives() || waited >= patience_ms + kOrphansMs) return Refusal(store, holder);
      if (waited >= patience_ms) KillOrphans(file);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Result<StoreHolder> StoreHolder::Acquire(const std::filesystem::path& store, int patience_ms) {
  SF_TRY(CheckNamesFile(store));
  SF_TRY(CheckLocalDisk(store));
  const std::filesystem::path file = FollowLinks(store).string() + ".lock";
  SF_ASSIGN(Locks locks, TakeLocks(store, file, patience_ms));
  const std::string note = OwnNote();
  const int fd = locks.file.get();
  const bool written = ftruncate(fd, 0) == 0 &&
                       pwrite(fd, note.data(), note.size(), 0) == static_cast<ssize_t>(note.size());
  if (!written) {
    return IoError(fmt::format(
        "{}: cannot be written: {}; see that its disk has room, and run the same command again",
        file.string(), std::strerror(errno)));
  }
  return StoreHolder(std::move(locks.file), std::move(locks.store));
}

}  // namespace sweepformer
