#include "orchestrator/core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "orchestrator/core/unique_fd.h"

namespace sweepformer {
namespace {

Status SystemError(const std::filesystem::path& path, std::string_view what) {
  const std::string message = fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno));
  return errno == ENOENT ? NotFound(message) : IoError(message);
}

/// Brings the entry of `path` in its folder to the disk, where the file system can.
void SyncFolder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) ::fsync(fd.get());
}

/// `path` is for messages.
Result<std::string> ReadAll(int fd, const std::filesystem::path& path) {
  std::string content;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError(path, "cannot read");
    if (n == 0) return content;
    content.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return SystemError(path, "cannot open");
  return ReadAll(fd.get(), path);
}

std::filesystem::path FollowLinks(const std::filesystem::path& path) {
  constexpr int kMostLinks = 40;
  std::error_code error;
  std::filesystem::path file = path;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(file, error); ++i) {
    file = file.parent_path() / std::filesystem::read_symlink(file, error);
  }
  const std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  return error ? file : canonical;
}

Result<std::string> ReadStandardInput() { return ReadAll(STDIN_FILENO, "standard input"); }

Status WriteAll(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError(path, "cannot write");
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status WriteFileAtomic(const std::filesystem::path& path, std::string_view content) {
  SF_ASSIGN(NewFile file, NewFile::Begin(path));
  SF_TRY(file.Append(content));
  return file.Finish();
}

Result<NewFile> NewFile::Begin(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  const std::string temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return SystemError(temporary, "cannot create");
  return NewFile(path, temporary, std::move(fd));
}

NewFile::NewFile(std::filesystem::path path, std::filesystem::path temporary, UniqueFd fd)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

NewFile::~NewFile() {
  if (fd_.valid()) ::unlink(temporary_.c_str());
}

Status NewFile::Append(std::string_view piece) {
  synced_ = false;
  return WriteAll(fd_.get(), piece, temporary_);
}

Status NewFile::Sync() {
  if (!synced_ && ::fsync(fd_.get()) != 0) return SystemError(temporary_, "cannot write");
  synced_ = true;
  return {};
}

Status NewFile::Finish() {
  SF_TRY(Sync());
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return SystemError(path_, "cannot replace");
  fd_.reset();
  SyncFolder(path_);
  return {};
}

Result<FileStamp> StampFile(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return SystemError(path, "cannot open");
  return FileStamp{static_cast<std::uintmax_t>(info.st_size),
                   std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

bool IsFile(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::is_regular_file(path, unknown);
}

bool IsFolder(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

std::filesystem::path CacheFolder() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  if (xdg && *xdg) return std::filesystem::path(xdg) / "sweepformer";
  const char* home = std::getenv("HOME");
  if (home && *home) return std::filesystem::path(home) / ".cache" / "sweepformer";
  return fmt::format("/tmp/sweepformer-cache-{}", ::getuid());
}

}  // namespace sweepformer
