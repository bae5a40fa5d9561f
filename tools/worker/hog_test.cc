// Probes of the built-in worker while something else wants the CPUs. On its own: nothing else is to
// suffer from it.
#include <sys/prctl.h>

#include <csignal>
#include <vector>

#include "orchestrator/sql/connection.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

const std::string kSpec = R"(spec = 1
name = "speed"
[base]
rows = 100
epochs = 1
)" + kSmallTraining + R"([axes]
attention = ["full"]
[measure]
repeats = 2
)";

[[noreturn]] void Burn() {
  setsid();  // where CPUs are shared out by session, this one has a share of its own
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (volatile unsigned turn = 0;;) turn = turn + 1;
}

/// As long as it lives, two processes for each CPU do nothing but compute.
class CpuHog {
 public:
  CpuHog() {
    const long count = 2 * sysconf(_SC_NPROCESSORS_ONLN);
    for (long i = 0; i < count; ++i) {
      const pid_t pid = fork();
      if (pid == 0) Burn();
      pids_.push_back(pid);
    }
  }
  ~CpuHog() {
    for (const pid_t pid : pids_) {
      kill(pid, SIGKILL);
      WaitFor(pid);
    }
  }
  CpuHog(const CpuHog&) = delete;
  CpuHog& operator=(const CpuHog&) = delete;

 private:
  std::vector<pid_t> pids_;
};

/// Of the attempts in the store, while it is written.
std::int64_t CountNow(const Desk& desk, const std::string& condition) {
  const auto opened = Connection::Open(desk.folder() / "sweepformer.db", OpenMode::kReadOnly);
  if (!opened.ok()) return 0;
  const auto count = opened->QueryValue("SELECT count(*) FROM attempts WHERE " + condition);
  return count.ok() ? std::get<std::int64_t>(*count) : 0;
}

}  // namespace

// How far the figures are then from those of a quiet machine: tools/bench/probes_bench.py. Here the
// machine may be busy with other things too, and the repeat be flagged as well.
TEST_CASE("a probe beside a CPU hog is flagged and measured again, and the last one counts",
          "[probe]") {
  const Desk desk(kSpec);
  const pid_t orchestrator = desk.Start("run s.toml");
  REQUIRE(Within(60'000, [&] { return CountNow(desk, "kind = 'probe'") > 0; }));
  {
    const CpuHog hog;
    CHECK(Within(120'000,
                 [&] { return CountNow(desk, "kind = 'probe' AND ended_ms IS NOT NULL") > 0; }));
  }
  CHECK(WaitFor(orchestrator) == 0);
  const std::string first =
      desk.Query("SELECT run FROM attempts WHERE kind = 'probe' ORDER BY started_ms LIMIT 1");
  CHECK(desk.Query("SELECT outcome, note LIKE '%disturbed: %; measured again' FROM attempts WHERE "
                   "number = 1 AND run = '" +
                   first + "'") == "completed,1");
  CHECK(desk.Query("SELECT max(number) > 1 FROM attempts WHERE run = '" + first + "'") == "1");
  CHECK(desk.Query("SELECT probe_train_samples_per_second_n, abs(probe_train_samples_per_second_"
                   "mean / (SELECT avg(value) FROM history h JOIN (SELECT run, max(number) AS last "
                   "FROM attempts WHERE kind = 'probe' GROUP BY run) l ON h.run = l.run AND "
                   "h.attempt = l.last WHERE metric = 'probe_train_samples_per_second') - 1) < "
                   "1e-9 FROM cells") == "2,1");
}
