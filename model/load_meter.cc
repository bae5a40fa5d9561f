#include "model/load_meter.h"

#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "model/platform.h"

namespace sweepformer::model {
namespace {

/// Seconds that this process's threads were ready and waited, from
/// /proc/self/task/*/schedstat; 0 where the kernel does not say.
double RunDelaySeconds() {
  double delay_ns = 0;
  std::error_code error;
  std::filesystem::directory_iterator tasks("/proc/self/task", error), end;
  for (; !error && tasks != end; tasks.increment(error)) {
    std::ifstream file(tasks->path() / "schedstat");
    double run_ns = 0, waited_ns = 0;
    if (file >> run_ns >> waited_ns) delay_ns += waited_ns;
  }
  return delay_ns * 1e-9;
}

Load Totals() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {0, ProcessCpuSeconds(), RunDelaySeconds(), usage.ru_nivcsw};
}

}  // namespace

double Load::run_delay_share() const {
  const double ready = cpu_seconds + run_delay_seconds;
  return ready > 0 ? run_delay_seconds / ready : 0;
}

double Load::cpu_share(int threads) const {
  return wall_seconds > 0 ? cpu_seconds / (wall_seconds * threads) : 0;
}

LoadMeter::LoadMeter() : before_(Totals()) {}

Load LoadMeter::Read() const {
  const Load now = Totals();
  return {watch_.seconds(), now.cpu_seconds - before_.cpu_seconds,
          now.run_delay_seconds - before_.run_delay_seconds,
          now.involuntary_switches - before_.involuntary_switches};
}

}  // namespace sweepformer::model
