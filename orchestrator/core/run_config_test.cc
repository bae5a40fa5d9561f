#include "orchestrator/core/run_config.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

namespace {

RunContent Example() {
  RunContent content;
  content.parameters = {{"attention", std::string("linformer")},
                        {"compression", std::int64_t{4}},
                        {"lr", 0.001},
                        {"sharing", Value{}}};
  content.seed = 11;
  content.dataset_fingerprint = "f";
  content.worker_version = "1";
  return content;
}

}  // namespace

TEST_CASE("run ids are pinned: a release never renames a run", "[core][stable]") {
  const RunConfig run(Example());
  CHECK(CanonicalJson(run.parameters()) ==
        R"({"attention":"linformer","compression":4,"lr":0.001})");
  CHECK(run.id() == "8e09e29fca42b66e5273f934faee1cd5");
  CHECK(run.cell() == "8fdfe4b58315b346195077b7b3f6eb10");
}

TEST_CASE("no id of this list ever changes", "[core][stable]") {
  const Parameters three = {{"epochs", std::int64_t{3}}};
  const std::string text = "a \"quoted\" text\n\twith \xc3\xa9";
  RunContent content;
  const auto id = [&] { return RunConfig(content).id(); };
  CHECK(id() == "631e3f32d98ca1286705234ff6e8c529");
  content.worker_version = "1";
  content.parameters = {{"text", text}, {"list", std::string("[1,\"b\"]")}};
  CHECK(id() == "3bde05d272ee73b3a64ac011225cbed1");
  content.parameters = three;
  content.seed = 1;
  CHECK(id() == "b7872690e8c582be1a5fd8aae3900b9d");
  content.kind = RunKind::kProbe;
  CHECK(id() == "bb8e0c331bd232563ca62f3700d6b98b");
  content.kind = RunKind::kTrain;
  content.dataset_fingerprint = "fp";
  content.parent = std::string(32, 'a');
  CHECK(id() == "eb94835e78f1ca6cf3c166606d257933");
}

TEST_CASE("no id of awkward numbers ever changes", "[core][stable]") {
  RunContent content;
  content.parameters = {{"Zeta", 0.1}, {"alpha", 1e-300}, {"mid", -0.0}};
  content.seed = 7;
  content.worker_version = "2";
  CHECK(RunConfig(content).id() == "0c9a22d9c567b351b6209e8ddf3a8a62");
  content.parameters = {{"big", 9007199254740993.0}, {"whole", 1e15}};
  content.seed = 0;
  content.worker_version = "1";
  content.dataset_fingerprint = "fp";
  CHECK(RunConfig(content).id() == "ec901c8e0ae5eaa52a5de1e0ade4156c");
}

TEST_CASE("equal content has equal ids however it is written", "[core]") {
  RunContent other = Example();
  other.parameters = {{"LR", 1e-3}, {"Compression", 4.0}, {"attention", std::string("linformer")}};
  CHECK(RunConfig(other).id() == RunConfig(Example()).id());
}

TEST_CASE("everything that decides a result is part of the id", "[core]") {
  const RunConfig base(Example());
  RunContent changed = Example();
  SECTION("seed") {
    changed.seed = 12;
    CHECK(RunConfig(changed).cell() == base.cell());
  }
  SECTION("parameter") { changed.parameters["compression"] = std::int64_t{8}; }
  SECTION("data") { changed.dataset_fingerprint = "g"; }
  SECTION("worker version") { changed.worker_version = "2"; }
  SECTION("parent") {
    changed.parent = base.id();
    CHECK(RunConfig(changed).cell() == base.cell());
    changed.parent_cell = base.cell();
    CHECK(RunConfig(changed).cell() != base.cell());
  }
  SECTION("kind") {
    changed.kind = RunKind::kProbe;
    CHECK(RunConfig(changed).cell() == base.cell());
  }
  CHECK(RunConfig(changed).id() != base.id());
}

TEST_CASE("a probe is of its cell, and told by its number and what it warms up", "[core]") {
  RunContent content = Example();
  content.parent = std::string(32, 'a');
  content.parent_cell = std::string(32, 'b');
  const auto cell = std::make_shared<const CellConfig>(
      std::make_shared<const RunBasis>(
          RunBasis{content.dataset_fingerprint, content.worker_version}),
      ParameterRow{ParameterTable::Of(content.parameters)}, content.parent_cell);
  const RunConfig probe = RunConfig::Probe(cell, 2, 5);
  CHECK(probe.kind() == RunKind::kProbe);
  CHECK(probe.cell() == RunConfig(content).cell());
  CHECK(probe.parent().empty());
  CHECK(probe.seed() == 2);
  CHECK(RunConfig::Probe(cell, 3, 5).id() != probe.id());
  CHECK(RunConfig::Probe(cell, 2, 6).id() != probe.id());
  RunContent again = probe.content();
  CHECK(again.warmup_steps == 5);
  CHECK(RunConfig(again).id() == probe.id());
}
