#include "tools/doctor/machine.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "orchestrator/core/file.h"
#include "orchestrator/exec/cpu_shares.h"
#include "orchestrator/exec/energy_meter.h"
#include "orchestrator/exec/memory_group.h"
#include "orchestrator/exec/usable_memory.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

constexpr double kGib = 1024.0 * 1024 * 1024;

/// The file's text without the line's end; "" if it cannot be read.
std::string Line(const fs::path& file) {
  auto text = ReadFile(file);
  if (!text.ok()) return "";
  const std::size_t end = text->find_last_not_of(" \n");
  return text->substr(0, end == std::string::npos ? 0 : end + 1);
}

/// What stands behind "key : " in a file of such lines, for each line in turn.
std::vector<std::string> Fields(const fs::path& file, const std::string& key) {
  std::vector<std::string> values;
  const auto content = ReadFile(file);
  std::istringstream lines(content.ok() ? *content : "");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with(key)) continue;
    if (line.substr(key.size(), colon - key.size()).find_first_not_of(" \t") != std::string::npos)
      continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    values.push_back(begin == std::string::npos ? "" : line.substr(begin));
  }
  return values;
}

/// CPUs of a cgroup's quota "<microseconds> <period>"; 0: none.
double QuotaCpus(const std::string& quota) {
  std::istringstream in(quota);
  double share = 0, period = 0;
  return in >> share >> period && period > 0 ? share / period : 0;
}

std::size_t PhysicalCores(const MachineRoot& root) {
  const auto packages = Fields(root.proc / "cpuinfo", "physical id");
  const auto cores = Fields(root.proc / "cpuinfo", "core id");
  std::set<std::string> distinct;
  for (std::size_t i = 0; i < std::min(packages.size(), cores.size()); ++i)
    distinct.insert(packages[i] + "/" + cores[i]);
  return distinct.size();
}

Finding Cpus(const MachineRoot& root) {
  const std::size_t logical = Fields(root.proc / "cpuinfo", "processor").size();
  const std::size_t physical = PhysicalCores(root);
  const std::size_t allowed = UsableCpus().size();
  const double quota = QuotaCpus(CgroupLimit(root.proc.parent_path(), "cpu.max"));
  std::string words = fmt::format("{} to use of {}", allowed, logical);
  if (physical > 0) words += fmt::format(" ({} physical cores)", physical);
  if (quota <= 0 || quota >= static_cast<double>(allowed)) return {"cpus", Health::kOk, words, ""};
  return {"cpus", Health::kWarn, words + fmt::format(", cgroup quota {:.3g}", quota),
          fmt::format("run with -j {}: more runs at once than that only wait for each other",
                      std::max(1, static_cast<int>(quota)))};
}

Finding Memory(const MachineRoot& root) {
  const auto kib = [&](const std::string& key) {
    const auto values = Fields(root.proc / "meminfo", key);
    return values.empty() ? 0 : std::strtod(values.front().c_str(), nullptr);
  };
  const double total = kib("MemTotal") * 1024;
  const double limit = CgroupMemoryLimit(root.proc.parent_path()).value_or(0);
  std::string words = fmt::format("{:.1f} GiB, {:.1f} GiB of it available now", total / kGib,
                                  kib("MemAvailable") * 1024 / kGib);
  if (limit <= 0 || limit >= total) return {"memory", Health::kOk, words, ""};
  return {"memory", Health::kWarn, words + fmt::format(", cgroup limit {:.1f} GiB", limit / kGib),
          "give runs a `mem` in [limits] and -j such that they fit"};
}

Finding Simd(const MachineRoot& root) {
  const auto flags = Fields(root.proc / "cpuinfo", "flags");
  std::istringstream words(flags.empty() ? "" : flags.front());
  std::set<std::string> known;
  for (std::string word; words >> word;) known.insert(word);
  std::string has, lacks;
  for (const std::string name : {"avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16"}) {
    std::string& list = known.contains(name) ? has : lacks;
    list += (list.empty() ? "" : " ") + name;
  }
  const std::string text = has + (lacks.empty() ? "" : (has.empty() ? "no " : "; no ") + lacks);
  if (known.contains("avx2")) return {"simd", Health::kOk, text, ""};
  return {"simd", Health::kWarn, text, "training is several times slower here than with avx2"};
}

Finding Gpu(const MachineRoot& root) {
  if (!fs::exists(root.proc / "driver/nvidia/version"))
    return {"gpu", Health::kAbsent, "no NVIDIA driver; runs are on the CPU", ""};
  return {"gpu", Health::kOk, Line(root.proc / "driver/nvidia/version").substr(0, 60), ""};
}

Finding Cgroups(const MachineRoot& root) {
  const auto hierarchy = FindMemoryHierarchy(root.proc.parent_path());
  if (!hierarchy)
    return {"cgroups", Health::kAbsent, "none for memory; [limits] mem is watched instead", ""};
  const auto writable = [&](const fs::path& path) { return access(path.c_str(), W_OK) == 0; };
  const std::string version = fmt::format("version {} for memory, ", hierarchy->version);
  if (writable(hierarchy->folder) && writable(hierarchy->folder / "cgroup.procs"))
    return {"cgroups", Health::kOk, version + "ours to write: they hold [limits] mem", ""};
  return {"cgroups", Health::kAbsent,
          version + "not ours to write; [limits] mem is watched instead",
          "systemd-run --user --scope -p Delegate=yes sweepformer run ... has its own"};
}

Finding Energy(const MachineRoot& root) {
  const auto packages = EnergyPackages(root.sys / "class/powercap");
  if (packages.empty()) {
    const bool is_virtual =
        !Fields(root.proc / "cpuinfo", "flags").empty() &&
        Fields(root.proc / "cpuinfo", "flags").front().find(" hypervisor") != std::string::npos;
    return {"energy", Health::kAbsent,
            is_virtual ? "no RAPL counters: virtual machines have none"
                       : "no RAPL counters in /sys/class/powercap",
            is_virtual ? "" : "on Intel and AMD processors: modprobe intel_rapl_msr"};
  }
  if (ReadFile(packages.front() / "energy_uj").ok()) {
    return {"energy", Health::kOk,
            fmt::format("RAPL of {} package{}: energy_joules of runs that had the machine to "
                        "themselves",
                        packages.size(), packages.size() == 1 ? "" : "s"),
            ""};
  }
  return {"energy", Health::kAbsent, "RAPL may not be read by this user",
          "as root: chmod a+r " + (packages.front() / "energy_uj").string()};
}

std::string LimitText(rlim_t limit) {
  return limit == RLIM_INFINITY ? "any number of" : fmt::format("{}", limit);
}

Finding Limits() {
  constexpr rlim_t kFewFiles = 1024;
  rlimit files{}, processes{};
  getrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_NPROC, &processes);
  const std::string words = fmt::format("{} open files, {} processes", LimitText(files.rlim_max),
                                        LimitText(processes.rlim_cur));
  if (files.rlim_max >= kFewFiles) return {"limits", Health::kOk, words, ""};
  return {"limits", Health::kWarn, words, "ulimit -n 1024, or few runs at once with -j"};
}

}  // namespace

Findings LookAtMachine(const MachineRoot& root) {
  return {Cpus(root), Memory(root), Simd(root), Gpu(root), Cgroups(root), Energy(root), Limits()};
}

}  // namespace sweepformer
