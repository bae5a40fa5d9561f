#include "orchestrator/sched/launcher.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "orchestrator/core/testing.h"
#include "orchestrator/exec/protocol.h"
#include "orchestrator/sched/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

TEST_CASE("a folder for runs that is none says what to do", "[launcher]") {
  const TempFolder folder;
  CHECK(CheckRunsFolder(folder / "s.db").ok());
  std::filesystem::create_directory(folder / "s.db.runs");
  CHECK(CheckRunsFolder(folder / "s.db").ok());
  std::ofstream(folder / "t.db.runs");
  const Status refused = CheckRunsFolder(folder / "t.db");
  CHECK(refused.code() == Code::kIo);
  CHECK_THAT(refused.message(), Catch::Contains("t.db.runs: not a folder") &&
                                    Catch::EndsWith("move it away, or name another store with "
                                                    "--store"));
}

TEST_CASE("a foreign command is filled with what the run knows", "[launcher]") {
  LaunchSettings settings;
  settings.foreign = true;
  settings.command = {"train", "--x={x}", "{seed}/{attempt}/{threads}", "{dir}", "{run}"};
  settings.store = "/s/store.db";
  settings.threads = 2;
  PlannedWork work = SomeWork(4)[3];
  LaunchTerms terms;
  terms.limits.timeout_s = 60;
  terms.limits.cpus = 3.5;
  work.terms = std::make_shared<const LaunchTerms>(terms);
  const LaunchRequest request = RequestFor(settings, work, {9, 2, "/s/log"});
  const std::string id = work.config.id();
  CHECK(request.command ==
        std::vector<std::string>{"train", "--x=3", "0/2/2",
                                 "/s/store.db.runs/" + id.substr(0, 2) + "/" + id, id});
  CHECK(request.standard_input.empty());
  CHECK(request.attempt == 9);
  CHECK(request.log == "/s/log");
  CHECK(request.timeout_s == 60);
  CHECK(request.cpus == 4);
  CHECK_FALSE(ExpectationOf(settings, work).speaks_protocol);
}

TEST_CASE("a worker of ours gets its request on standard input", "[launcher]") {
  LaunchSettings settings;
  settings.command = {"worker", "--run"};
  settings.worker_version = "5";
  settings.parameters = {"unused"};
  settings.store = "/s/store.db";
  settings.data_folder = "/data";
  const PlannedWork work = SomeWork(1)[0];
  const RunRequest request =
      ParseRequest(RequestFor(settings, work, {1, 1, ""}).standard_input).value();
  CHECK(request.run == work.config.id());
  CHECK(request.parameters == work.config.parameters());
  CHECK(request.data_folder == "/data");
  const Expectation expected = ExpectationOf(settings, work);
  CHECK(expected.speaks_protocol);
  CHECK(expected.worker_version == "5");
  CHECK(expected.parameter_names.contains("Unused"));
}

TEST_CASE("a run with a parent is told where its weights are", "[launcher]") {
  const std::vector<PlannedWork> work = Family({{}, 0});
  const std::string parent = work[0].config.id();
  LaunchSettings settings;
  settings.command = {"worker", "--run"};
  settings.store = "/s/store.db";
  const auto request_of = [&](const PlannedWork& one) {
    return ParseRequest(RequestFor(settings, one, {1, 1, ""}).standard_input).value();
  };
  CHECK(request_of(work[0]).keep_weights == WeightsFile("/s/store.db", parent));
  CHECK(request_of(work[0]).init_from.empty());
  CHECK(request_of(work[1]).parent == parent);
  CHECK(request_of(work[1]).init_from == WeightsFile("/s/store.db", parent));
  CHECK(request_of(work[1]).keep_weights.empty());
  settings.foreign = true;
  settings.command = {"train", "--from={parent_dir}"};
  CHECK(RequestFor(settings, work[0], {1, 1, ""}).command[1] == "--from=");
  CHECK(RequestFor(settings, work[1], {1, 1, ""}).command[1] ==
        "--from=" + RunFolder("/s/store.db", parent).string());
}
