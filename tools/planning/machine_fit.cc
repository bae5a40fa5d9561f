#include "tools/planning/machine_fit.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>

#include "orchestrator/exec/cpu_shares.h"
#include "orchestrator/exec/usable_memory.h"
#include "tools/planning/run_names.h"

namespace sweepformer {
namespace {

std::string Amount(const std::string& resource, double amount) {
  constexpr double kGib = 1024.0 * 1024 * 1024;
  if (resource == "mem") return fmt::format("{:.1f} GiB of mem", amount / kGib);
  return fmt::format("{} {}", amount, resource);
}

double CountGpus() {
  std::error_code error;
  const std::filesystem::directory_iterator gpus("/proc/driver/nvidia/gpus", error);
  return error ? 0 : static_cast<double>(std::distance(begin(gpus), end(gpus)));
}

std::string HowToGet(const std::string& resource, double amount) {
  if (resource == "slots" || resource == "mem") return "";
  if (resource == "cpus") return ", lower --threads-per-run, or give a number of slots with -j";
  return fmt::format(", or say how many there are with --resource {}={}", resource, amount);
}

Result<std::pair<std::string, double>> ParseResource(const std::string& given) {
  const std::size_t equals = given.find('=');
  const std::string name = given.substr(0, equals);
  double count = 0;
  const char* const end = given.data() + given.size();
  const bool is_number = equals != std::string::npos &&
                         std::from_chars(given.data() + equals + 1, end, count).ptr == end &&
                         count >= 0 && std::isfinite(count) && end != given.data() + equals + 1;
  if (name.empty() || !is_number) {
    return InvalidArgument(
        fmt::format("--resource {}: expected NAME=COUNT, e.g. --resource gpus=2", given));
  }
  if (name == "cpus" || name == "mem" || name == "slots" || name == "timeout") {
    return InvalidArgument(
        fmt::format("--resource {}: {} is no resource to name; -j says how many runs go on at once",
                    given, name));
  }
  return std::pair(name, count);
}

}  // namespace

Result<Resources> ParseResources(std::span<const std::string> given) {
  Resources named;
  for (const std::string& one : given) {
    SF_ASSIGN(const auto resource, ParseResource(one));
    if (named.insert(resource).second) continue;
    return InvalidArgument(
        fmt::format("--resource {0}: '{1}' is given twice; keep one of them", one, resource.first));
  }
  return named;
}

ResourcePool ThisMachine(int slots, Resources named) {
  named.emplace("gpus", CountGpus());
  return MachinePool(slots, static_cast<int>(UsableCpus().size()), UsableMemory(),
                     std::move(named));
}

std::optional<std::string> FitProblem(const SweepPlan& plan, const ResourcePool& pool,
                                      const std::set<std::string>& settled) {
  for (const PlannedWork& work : plan.work) {
    const std::string lacking = pool.Lacks(work.terms->need);
    if (lacking.empty() || settled.contains(work.config.id())) continue;
    return fmt::format(
        "the run {} asks for {}, and this machine has {}; lower its [limits]{}",
        RunNames(plan.work).RunName(work), Amount(lacking, work.terms->need.at(lacking)),
        Amount(lacking, pool.Total(lacking)), HowToGet(lacking, work.terms->need.at(lacking)));
  }
  return {};
}

}  // namespace sweepformer
