#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "orchestrator/core/testing.h"
#include "tools/doctor/machine.h"
#include "tools/doctor/project.h"
#include "tools/testing.h"

using namespace sweepformer;
using sweepformer::testing::Desk;
using sweepformer::testing::TempFolder;

namespace {

/// A machine of files.
class FakeMachine {
 public:
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  Finding Look(const std::string& what) const {
    for (Finding& one : LookAtMachine({folder_ / "proc", folder_ / "sys"}))
      if (one.what == what) return one;
    return {};
  }

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("findings are read as lines and as JSON", "[doctor]") {
  const Findings findings = {{"worker", Health::kMissing, "not there", "make builds it"},
                             {"gpu", Health::kAbsent, "none", ""}};
  CHECK(FindingsText(findings) ==
        "missing  worker  not there\n"
        "                 → make builds it\n"
        "absent   gpu     none\n");
  CHECK_FALSE(Ready(findings));
  CHECK(Ready({{"gpu", Health::kAbsent, "none", ""}, {"x", Health::kWarn, "", ""}}));
  const auto json = nlohmann::json::parse(FindingsJson(findings));
  CHECK(json["version"] == 2);
  CHECK(json["ready"] == false);
  CHECK(json.at("warnings").empty());
  CHECK(json["findings"][0]["health"] == "missing");
  CHECK(json["findings"][0]["remedy"] == "make builds it");
}

TEST_CASE("a set of the user's own files is not looked for", "[doctor]") {
  std::map<std::string, Health> health;
  for (const Finding& one : LookAtData("/nowhere")) health[one.what] = one.health;
  CHECK(health.at("data custom") == Health::kOk);
  CHECK(health.at("data imdb") == Health::kAbsent);
}

TEST_CASE("hyper-threads are told from cores", "[doctor]") {
  FakeMachine machine;
  std::string cpus;
  for (int cpu = 0; cpu < 8; ++cpu)
    cpus += "processor\t: " + std::to_string(cpu) +
            "\nphysical id\t: 0\ncore id\t\t: " + std::to_string(cpu / 2) +
            "\nflags\t\t: fpu avx2 fma\n\n";
  machine.Write("proc/cpuinfo", cpus);
  CHECK_THAT(machine.Look("cpus").words, Catch::EndsWith("to use of 8 (4 physical cores)"));
  CHECK(machine.Look("simd").words == "avx2 fma; no avx512f avx512_bf16 amx_bf16");
  CHECK(machine.Look("simd").health == Health::kOk);
}

TEST_CASE("limits of a control group count, also those of one above", "[doctor]") {
  FakeMachine machine;
  machine.Write("proc/meminfo", "MemTotal:  8388608 kB\nMemAvailable:  4194304 kB\n");
  CHECK(machine.Look("memory").words == "8.0 GiB, 4.0 GiB of it available now");
  machine.Write("proc/self/cgroup", "0::/box/inner\n");
  machine.Write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  machine.Write("sys/fs/cgroup/box/memory.max", "2147483648\n");
  machine.Write("sys/fs/cgroup/box/inner/memory.max", "max\n");
  machine.Write("sys/fs/cgroup/box/inner/cpu.max", "50000 100000\n");
  CHECK(machine.Look("memory").health == Health::kWarn);
  CHECK_THAT(machine.Look("memory").words, Catch::EndsWith(", cgroup limit 2.0 GiB"));
  CHECK_THAT(machine.Look("cpus").words, Catch::EndsWith(", cgroup quota 0.5"));
  CHECK_THAT(machine.Look("cpus").remedy, Catch::StartsWith("run with -j 1:"));
}

TEST_CASE("memory cgroups of both versions are found, with their limits", "[doctor]") {
  FakeMachine old;
  old.Write("proc/self/cgroup", "4:memory:/box\n0::/\n");
  old.Write("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n");
  old.Write("sys/fs/cgroup/memory/cgroup.procs", "");
  old.Write("sys/fs/cgroup/memory/box/cgroup.procs", "");
  old.Write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
  old.Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
  CHECK(old.Look("cgroups").words == "version 1 for memory, ours to write: they hold [limits] mem");
  CHECK_THAT(old.Look("memory").words, Catch::EndsWith(", cgroup limit 1.0 GiB"));
  FakeMachine recent;
  recent.Write("proc/self/cgroup", "0::/box\n");
  recent.Write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  recent.Write("sys/fs/cgroup/box/cgroup.procs", "");
  CHECK_THAT(recent.Look("cgroups").words, Catch::StartsWith("version 2 for memory, "));
}

TEST_CASE("doctor says why there is no energy, and of how many packages there is", "[doctor]") {
  FakeMachine machine;
  machine.Write("proc/cpuinfo", "flags\t\t: fpu avx2 hypervisor\n");
  CHECK(machine.Look("energy").words == "no RAPL counters: virtual machines have none");
  machine.Write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  machine.Write("sys/class/powercap/intel-rapl:0/energy_uj", "12\n");
  CHECK(machine.Look("energy").health == Health::kOk);
  CHECK_THAT(machine.Look("energy").words, Catch::StartsWith("RAPL of 1 package:"));
}

TEST_CASE("what a machine does not have is absent, not wrong", "[doctor]") {
  const FakeMachine machine;
  for (const std::string what : {"gpu", "cgroups", "energy"}) {
    INFO(what);
    CHECK(machine.Look(what).health == Health::kAbsent);
  }
}

TEST_CASE("doctor says what is missing and fails only for what is needed", "[doctor]") {
  Desk desk("spec = 1\nname = \"x\"\n[axes]\na = [1]\n[worker]\ncommand = [\"true\"]\n");
  desk.prefix = "SWEEPFORMER_WORKER=/nowhere/worker";
  const auto sick = desk.Call("doctor");
  CHECK(sick.exit_code == 3);
  CHECK_THAT(sick.out, Catch::Contains("missing  worker") &&
                           Catch::Contains("the worker /nowhere/worker is missing") &&
                           Catch::Contains("→ `make` builds the worker"));
  CHECK_THAT(sick.out, Catch::Contains("absent   store") && Catch::Contains("ok       disk"));
  CHECK_FALSE(desk.Exists("sweepformer.db"));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  CHECK_THAT(desk.Call("doctor").out, Catch::Contains("sweepformer.db: schema ") &&
                                          Catch::Contains(", 1 sweep, held by nobody"));
  CHECK_FALSE(desk.Exists("sweepformer.db-wal"));
  std::ofstream(desk.folder() / "not.db") << "this is no database, it is a text of some length\n";
  CHECK_THAT(desk.Call("doctor --store not.db").out,
             Catch::Contains("missing  store") && Catch::Contains("not an SQLite database"));
}
