#include "orchestrator/exec/describe.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "orchestrator/core/testing.h"
#include "orchestrator/exec/description_json.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

namespace {

WorkerDescription Example() {
  WorkerDescription description;
  description.worker = "toy";
  description.version = "3";
  ParameterSpec lr{"lr", ParameterType::kNumber, 0.1, {}, 0.0, 1.0, "", "a = 1", "how fast"};
  ParameterSpec mode{"mode", ParameterType::kText, std::string("x"), {"x", "y"}, {}, {}, "", "",
                     ""};
  description.parameters = {lr, mode};
  description.checks = {{"lr > 0", "lr must be above 0"}};
  description.metrics = {{"acc", "share", Goal::kMaximize, true, "", "right ones"}};
  description.cost = "lr * 2";
  description.memory = "1e6 * lr";
  return description;
}

/// A worker in shell that prints `text`, counts its starts in `starts`, and ends with `code`.
std::filesystem::path FakeWorker(const TempFolder& folder, const std::string& text, int code = 0) {
  const auto path = folder / "worker";
  std::ofstream(path) << "#!/bin/sh\necho x >>" << (folder / "starts").string() << "\ncat <<'END'\n"
                      << text << "\nEND\nexit " << code << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

/// Caches of the test's own while it exists.
class OwnCache {
 public:
  explicit OwnCache(const TempFolder& folder) {
    setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  }
  ~OwnCache() { unsetenv("XDG_CACHE_HOME"); }
};

}  // namespace

TEST_CASE("a description comes back as it was written", "[describe]") {
  const WorkerDescription read = ParseDescription(FormatDescription(Example())).value();
  CHECK(read.worker == "toy");
  CHECK(read.version == "3");
  REQUIRE(read.parameters.size() == 2);
  CHECK(read.parameters[0].default_value == Value(0.1));
  CHECK(read.parameters[0].maximum == 1.0);
  CHECK(read.parameters[0].when == "a = 1");
  CHECK(read.parameters[1].choices == std::vector<std::string>{"x", "y"});
  CHECK(read.checks.at(0).why == "lr must be above 0");
  CHECK(read.metrics.at(0).goal == Goal::kMaximize);
  CHECK(read.metrics.at(0).reproducible);
  CHECK(read.cost == "lr * 2");
  CHECK(read.memory == "1e6 * lr");
}

TEST_CASE("no name may be a parameter's and a metric's", "[describe]") {
  WorkerDescription description = Example();
  description.metrics[0].name = "LR";
  CHECK(ParseDescription(FormatDescription(description)).status().message() ==
        "the worker declares 'LR' as a parameter and as a metric; rename one of them");
}

TEST_CASE("a description's words and names are checked", "[describe]") {
  const auto problem = [](const std::string& parameters, const std::string& metrics) {
    return ParseDescription(R"({"protocol":1,"worker":"w","version":"1","parameters":[)" +
                            parameters + R"(],"metrics":[)" + metrics + "]}")
        .status()
        .message();
  };
  CHECK(problem(R"({"name":"lr","type":"float"})", "") ==
        "the worker's description: the type of the parameter 'lr' is 'float'; expected 'text', "
        "'integer', 'number' or 'boolean'");
  CHECK(problem("", R"({"name":"y","goal":"max"})") ==
        "the worker's description: the goal of the metric 'y' is 'max'; expected 'none', "
        "'maximize' or 'minimize'");
  CHECK(problem(R"({"name":"lr"},{"name":"LR"})", "") ==
        "the worker's description: it declares the parameters 'lr' and 'LR', which are one name; "
        "expected names that differ in more than case");
  CHECK(problem("", R"({"name":"y"},{"name":"Y"})") ==
        "the worker's description: it declares the metrics 'y' and 'Y', which are one name; "
        "expected names that differ in more than case");
}

TEST_CASE("a worker is asked once and again when it has changed", "[describe]") {
  const TempFolder folder;
  const OwnCache cache(folder);
  const auto worker = FakeWorker(folder, FormatDescription(Example()));
  const auto starts = [&] { return std::filesystem::file_size(folder / "starts") / 2; };
  REQUIRE(DescribeWorker(worker).value().description.version == "3");
  REQUIRE(DescribeWorker(worker).ok());
  CHECK(starts() == 1);
  WorkerDescription newer = Example();
  newer.version = "40";
  FakeWorker(folder, FormatDescription(newer));
  CHECK(DescribeWorker(worker).value().description.version == "40");
  CHECK(starts() == 2);
}

TEST_CASE("a worker that cannot be used is named with what to do", "[describe]") {
  const TempFolder folder;
  const OwnCache cache(folder);
  const std::string remedy = "; `make` builds the worker, SWEEPFORMER_WORKER=FILE names another";
  CHECK(DescribeWorker("/no/worker").status().message() ==
        "the worker /no/worker is missing" + remedy);
  const auto fails = FakeWorker(folder, "boom", 3);
  CHECK(DescribeWorker(fails).status().message() ==
        "the worker cannot be used: '" + fails.string() + " --describe' ended with exit code 3" +
            remedy);
  const auto chats = FakeWorker(folder, "hello there");
  CHECK_THAT(DescribeWorker(chats).status().message(),
             Catch::Contains("not a worker description") && Catch::EndsWith(remedy));
}
