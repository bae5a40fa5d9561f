#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sweepformer {

/// A limit of this process's cgroup of version 2 or of one above it: the text of `file`, such as
/// "cpu.max", in the nearest that has one; "" where none has. `root` has proc/ and sys/.
std::string CgroupLimit(const std::filesystem::path& root, const std::string& file);

/// The bytes that this process's memory cgroup, of either version, and those above it limit it to:
/// the least of them, as that holds; nothing where none limits it.
std::optional<double> CgroupMemoryLimit(const std::filesystem::path& root = "/");

/// The bytes of memory this process and its children may use: the machine's, or the limit of a
/// cgroup that is below that, as in a container.
double UsableMemory(const std::filesystem::path& root = "/");

}  // namespace sweepformer
