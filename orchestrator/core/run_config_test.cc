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
  SECTION("kind") { changed.kind = RunKind::kProbe; }
  CHECK(RunConfig(changed).id() != base.id());
}
