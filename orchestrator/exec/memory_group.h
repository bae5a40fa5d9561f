#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// A version of the kernel's memory cgroups and the folder of the group a process is in.
struct MemoryHierarchy {
  int version = 0;  ///< 2 or 1
  std::filesystem::path folder;
};

/// The hierarchy this process's memory is counted in, if it is mounted; version 2 where its memory
/// controller is in use, else version 1. `root` has proc/ and sys/. Says nothing about whether
/// groups may be made.
std::optional<MemoryHierarchy> FindMemoryHierarchy(const std::filesystem::path& root = "/");

/// A memory cgroup of one attempt: the kernel kills in it once it is over its limit. What it counts
/// includes the page cache. The folder is removed with the object, if all that was in it has ended.
class MemoryGroup {
 public:
  MemoryGroup(int version, std::filesystem::path folder)
      : version_(version), folder_(std::move(folder)) {}
  MemoryGroup(MemoryGroup&& other) noexcept
      : version_(other.version_), folder_(std::exchange(other.folder_, {})) {}
  MemoryGroup& operator=(MemoryGroup&&) = delete;
  ~MemoryGroup();

  /// Its `cgroup.procs`, open for writing: a process that writes "0" joins.
  Result<UniqueFd> OpenProcs() const;

  /// Has a child of this process join and end. IoError if it may not: a group may be ours to make
  /// and yet not be ours to move processes into. No other thread may wait for children meanwhile.
  Status TryJoining() const;

  /// Whether a process was killed for want of memory.
  bool OutOfMemory() const;

  /// The most it ever held; nothing where the kernel does not tell.
  std::optional<std::int64_t> PeakBytes() const;

 private:
  int version_;
  std::filesystem::path folder_;
};

/// Makes memory cgroups below the one this process is in, named so that those of a keeper that was
/// killed are known and removed by the next. Tries once whether that is allowed, and whether what
/// this process starts may join.
class MemoryGroups {
 public:
  MemoryGroups() = default;
  explicit MemoryGroups(std::optional<MemoryHierarchy> hierarchy)
      : hierarchy_(std::move(hierarchy)) {}
  MemoryGroups(const MemoryGroups&) = delete;
  MemoryGroups& operator=(const MemoryGroups&) = delete;

  /// Leaves nothing behind of this process's.
  ~MemoryGroups();

  /// IoError where there is no hierarchy, it is not ours to write, or nobody can join: the caller
  /// must watch.
  Result<MemoryGroup> Make(std::int64_t attempt, std::int64_t limit_bytes);

 private:
  Status Prepare();
  Status MakeRoom();
  void LeaveRoom();
  std::filesystem::path FolderOf(std::int64_t attempt) const;

  std::optional<MemoryHierarchy> hierarchy_;
  std::optional<Status> prepared_;
  bool joinable_ = false;  ///< a child of ours has joined one
  std::string stem_;       ///< with which the names of this process's groups begin
};

}  // namespace sweepformer
