#include "datasets/token_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer::datasets {
namespace {

namespace fs = std::filesystem;

Result<TokenTable> MapTokens(const TokenCacheEntry& entry) {
  const UniqueFd fd(::open(entry.path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat file {};
  if (!fd.valid() || ::fstat(fd.get(), &file) != 0 || file.st_size <= 0)
    return NotFound(entry.path.string());
  const auto size = static_cast<std::size_t>(file.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  if (address == MAP_FAILED) return IoError(entry.path.string());
  const std::shared_ptr<const void> mapping(
      address, [size](const void* begin) { ::munmap(const_cast<void*>(begin), size); });
  return TokenTable::Read({static_cast<const char*>(address), size}, entry.key, mapping);
}

/// Holds the right to make an entry; invalid where files cannot be locked. Waits for whoever has it
/// now; it ends with its holder.
UniqueFd LockEntry(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  UniqueFd fd(::open((path.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  int locked = -1;
  while (fd.valid() && (locked = ::flock(fd.get(), LOCK_EX)) != 0 && errno == EINTR) continue;
  return locked == 0 ? std::move(fd) : UniqueFd();
}

/// Removes what a holder that was killed had begun to write.
void RemoveLeftovers(const fs::path& path) {
  const std::string prefix = path.filename().string() + ".";
  std::error_code error;
  for (const auto& file : fs::directory_iterator(path.parent_path(), error)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".tmp")) fs::remove(file.path(), error);
  }
}

Status MakeEntry(const TokenCacheEntry& entry, const MakeTokens& make) {
  SF_ASSIGN(const TokenizedCorpus corpus, make());
  SF_ASSIGN(NewFile file, NewFile::Begin(entry.path));
  SF_TRY(
      WriteTokens(corpus, entry.key, [&](std::string_view bytes) { return file.Append(bytes); }));
  return file.Finish();
}

/// Carries `work` out in a child; whether it succeeded there.
template <typename Work>
bool SucceedsApart(const Work& work) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(::getppid() == parent && work().ok() ? 0 : 1);
  }
  int status = 1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Result<TokenTable> MakeInMemory(const TokenCacheEntry& entry, const MakeTokens& make) {
  SF_ASSIGN(const TokenizedCorpus corpus, make());
  const auto bytes = std::make_shared<std::string>();
  SF_TRY(WriteTokens(corpus, entry.key, [&](std::string_view piece) {
    *bytes += piece;
    return Status();
  }));
  return TokenTable::Read(*bytes, entry.key, bytes);
}

/// Changes when this program is built anew.
std::string ThisProgram() {
  const auto stamp = StampFile("/proc/self/exe");
  return stamp.ok() ? fmt::format("{} {}", stamp->size_bytes, stamp->mtime_ns) : "";
}

}  // namespace

TokenCacheEntry TokenCacheEntryOf(std::string_view source) {
  return {CacheFolder() / "tokens" / HashHex(source),
          HashHex(fmt::format("{}\nread by {}\n", source, ThisProgram()))};
}

Result<TokenTable> CachedTokens(const TokenCacheEntry& entry, const MakeTokens& make) {
  if (auto table = MapTokens(entry); table.ok()) return table;
  if (const UniqueFd lock = LockEntry(entry.path); lock.valid()) {
    // Another process may have made it meanwhile.
    if (auto table = MapTokens(entry); table.ok()) return table;
    RemoveLeftovers(entry.path);
    if (SucceedsApart([&] { return MakeEntry(entry, make); }))
      if (auto table = MapTokens(entry); table.ok()) return table;
  }
  return MakeInMemory(entry, make);
}

}  // namespace sweepformer::datasets
