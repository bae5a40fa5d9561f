#include "orchestrator/exec/usable_memory.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "orchestrator/core/file.h"
#include "orchestrator/exec/memory_group.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

/// The file's text without the line's end; "" if it cannot be read.
std::string Line(const fs::path& file) {
  const auto text = ReadFile(file);
  if (!text.ok()) return "";
  const std::size_t end = text->find_last_not_of(" \n");
  return text->substr(0, end == std::string::npos ? 0 : end + 1);
}

/// `folder` and those above it, up to the `mount` it lies in.
std::vector<fs::path> Upwards(const fs::path& folder, const fs::path& mount) {
  std::vector<fs::path> folders;
  for (fs::path at = folder; at != mount.parent_path() && at.has_relative_path();
       at = at.parent_path()) {
    folders.push_back(at);
  }
  return folders;
}

/// The groups of version 2 this process is in, the nearest first.
std::vector<fs::path> GroupsOfVersion2(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  const auto lines = ReadFile(root / "proc/self/cgroup");
  if (!lines.ok() || !fs::exists(mount / "cgroup.controllers")) return {};
  const std::size_t at = lines->rfind("0::/", 0) == 0 ? 0 : lines->find("\n0::/");
  if (at == std::string::npos) return {};
  const std::size_t begin = lines->find("0::/", at) + 4;
  return Upwards(mount / lines->substr(begin, lines->find('\n', begin) - begin), mount);
}

/// As above, of version 1's hierarchy for memory. A container may be told its host's path, which
/// leads nowhere in it, and see its own group at the mount.
std::vector<fs::path> MemoryGroupsOfVersion1(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup/memory";
  const auto hierarchy = FindMemoryHierarchy(root);
  return Upwards(hierarchy && hierarchy->version == 1 ? hierarchy->folder : mount, mount);
}

}  // namespace

std::string CgroupLimit(const fs::path& root, const std::string& file) {
  for (const fs::path& group : GroupsOfVersion2(root)) {
    std::string text = Line(group / file);
    if (!text.empty() && !text.starts_with("max")) return text;
  }
  return "";
}

std::optional<double> CgroupMemoryLimit(const fs::path& root) {
  constexpr double kNoLimit = 9e18;  // of version 1, rounded to pages; version 2 has "max"
  double least = kNoLimit;
  const auto take = [&](const fs::path& file) {
    const double limit = std::strtod(Line(file).c_str(), nullptr);
    if (limit > 0) least = std::min(least, limit);
  };
  for (const fs::path& group : GroupsOfVersion2(root)) take(group / "memory.max");
  for (const fs::path& group : MemoryGroupsOfVersion1(root)) take(group / "memory.limit_in_bytes");
  return least < kNoLimit ? std::optional(least) : std::nullopt;
}

double UsableMemory(const fs::path& root) {
  struct sysinfo facts {};
  sysinfo(&facts);
  const double total = static_cast<double>(facts.totalram) * facts.mem_unit;
  return std::min(total, CgroupMemoryLimit(root).value_or(total));
}

}  // namespace sweepformer
