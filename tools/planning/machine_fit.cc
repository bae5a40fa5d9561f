#include "tools/planning/machine_fit.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>

#include "orchestrator/exec/cpu_shares.h"
#include "tools/planning/run_names.h"

namespace sweepformer {
namespace {

std::string Amount(const std::string& resource, double amount) {
  constexpr double kGib = 1024.0 * 1024 * 1024;
  if (resource == "mem") return fmt::format("{:.1f} GiB of mem", amount / kGib);
  return fmt::format("{} {}", amount, resource);
}

}  // namespace

ResourcePool ThisMachine(int slots) {
  struct sysinfo facts {};
  sysinfo(&facts);
  return MachinePool(slots, static_cast<int>(UsableCpus().size()),
                     static_cast<double>(facts.totalram) * facts.mem_unit);
}

std::optional<std::string> FitProblem(const SweepPlan& plan, const ResourcePool& pool,
                                      const std::set<std::string>& settled) {
  for (const PlannedWork& work : plan.work) {
    const std::string lacking = pool.Lacks(work.terms->need);
    if (lacking.empty() || settled.contains(work.config.id())) continue;
    return fmt::format(
        "the run {} asks for {}, and this machine has {}; lower its [limits]{}",
        RunNames(plan.work).RunName(work), Amount(lacking, work.terms->need.at(lacking)),
        Amount(lacking, pool.Total(lacking)),
        lacking == "cpus" ? ", lower --threads-per-run, or give a number of slots with -j" : "");
  }
  return {};
}

}  // namespace sweepformer
