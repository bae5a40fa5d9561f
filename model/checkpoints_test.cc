#include "model/checkpoints.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "model/run_recorder.h"
#include "model/testing.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

namespace sweepformer::model {
namespace {

namespace fs = std::filesystem;

using testing::Plain;
using testing::RecordRun;
using testing::ReproducibleMetrics;
using testing::RunRecorder;
using testing::TinyRun;

/// Two epochs of 14 steps.
Parameters ShortRun(const std::string& attention) {
  Parameters parameters = TinyRun(attention, {{"epochs", std::int64_t{2}},
                                              {"train_rows", std::int64_t{110}},
                                              {"batch_size", std::int64_t{8}},
                                              {"lr", 0.01},
                                              {"dropout", 0.2}});
  if (attention == "performer") parameters["redraw_interval"] = std::int64_t{5};
  return parameters;
}

/// A run with a folder for its checkpoints and its final weights.
class Resumable {
 public:
  explicit Resumable(const Parameters& parameters) : input_(Plain(parameters)) {
    input_.run = "cafe";
    input_.checkpoints = folder_.path();
    input_.keep_weights = folder_ / "weights";
  }

  /// An attempt that is asked to stop after so many questions.
  RunRecorder StopAfter(int questions) {
    RunRecorder recorder(questions);
    const Status status = CarryOut(input_, recorder);
    CHECK(status.code() == Code::kCanceled);
    return recorder;
  }

  RunRecorder Finish() { return RecordRun(input_); }

  std::string weights() const { return ReadFile(folder_ / "weights").value(); }
  fs::path last() const { return folder_ / "checkpoint"; }
  fs::path previous() const { return folder_ / "checkpoint.previous"; }
  RunInput& input() { return input_; }

 private:
  sweepformer::testing::TempFolder folder_;
  RunInput input_;
};

/// A run that nothing disturbs, to compare with.
struct Undisturbed {
  explicit Undisturbed(const Parameters& parameters) : run(parameters), said(run.Finish()) {}

  void CheckEqual(const RunRecorder& other, const Resumable& made) const {
    CHECK(other.history == said.history);
    CHECK(ReproducibleMetrics(other) == ReproducibleMetrics(said));
    CHECK(other.test_hits == said.test_hits);
    CHECK((made.weights() == run.weights()));
  }

  Resumable run;
  RunRecorder said;
};

void Alter(const fs::path& path, std::int64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(at);
  file.put(byte);
}

TEST_CASE("a run that was stopped ends as the undisturbed one, bit for bit", "[checkpoints]") {
  for (const char* attention :
       {"full", "linformer", "performer", "lstm", "longformer", "compressive", "none"}) {
    const Undisturbed undisturbed(ShortRun(attention));
    REQUIRE(undisturbed.said.asked == 2 * 15);  // after each step and each epoch
    for (const int questions : {1, 6, 14, 15, 20, 29, 30}) {
      CAPTURE(attention, questions);
      Resumable disturbed(ShortRun(attention));
      disturbed.StopAfter(questions);
      const RunRecorder resumed = disturbed.Finish();
      CHECK(resumed.asked == 30 - questions);
      undisturbed.CheckEqual(resumed, disturbed);
    }
  }
}

TEST_CASE("a run of adapters that was stopped ends as the undisturbed one", "[checkpoints]") {
  const Parameters run =
      testing::With(ShortRun("full"), {{"lora_rank", std::int64_t{2}}, {"lora_dropout", 0.3}});
  const Undisturbed undisturbed(run);
  for (const int questions : {1, 15, 20}) {
    Resumable disturbed(run);
    disturbed.StopAfter(questions);
    undisturbed.CheckEqual(disturbed.Finish(), disturbed);
  }
}

TEST_CASE("a run that is stopped after every step ends as the undisturbed one", "[checkpoints]") {
  for (const char* attention : {"linformer", "performer"}) {
    const Undisturbed undisturbed(ShortRun(attention));
    Resumable disturbed(ShortRun(attention));
    for (int attempt = 0; attempt < 30; ++attempt) disturbed.StopAfter(1);
    undisturbed.CheckEqual(disturbed.Finish(), disturbed);
  }
}

TEST_CASE("a stopped run that recomputes, or tells of itself, ends as the undisturbed one",
          "[checkpoints][recompute]") {
  Parameters recomputing = ShortRun("performer"), telling = ShortRun("full");
  recomputing["gradient_checkpointing"] = std::int64_t{1};
  telling["analysis"] = std::int64_t{1};
  for (const Parameters& parameters : {recomputing, telling}) {
    const Undisturbed undisturbed(parameters);
    for (const int questions : {1, 20}) {
      Resumable disturbed(parameters);
      disturbed.StopAfter(questions);
      undisturbed.CheckEqual(disturbed.Finish(), disturbed);
    }
  }
}

TEST_CASE("checkpoints change no number of a run", "[checkpoints]") {
  const Undisturbed with(ShortRun("full"));
  const RunRecorder without = RecordRun(ShortRun("full"));
  CHECK(with.said.history == without.history);
  CHECK(ReproducibleMetrics(with.said) == ReproducibleMetrics(without));
}

TEST_CASE("a run writes a checkpoint at the end of its first epoch", "[checkpoints]") {
  Parameters parameters = ShortRun("none");
  parameters["epochs"] = std::int64_t{1};
  Resumable run(parameters);
  run.Finish();
  CHECK(fs::exists(run.last()));
  const RunRecorder again = run.Finish();
  CHECK(again.asked == 0);
  CHECK(again.notes == std::vector<std::string>{"went on from step 14 (epoch 2)"});
}

TEST_CASE("a resumed attempt says from which step it went on", "[checkpoints]") {
  Resumable run(ShortRun("none"));
  CHECK(run.StopAfter(6).notes.empty());
  CHECK(run.Finish().notes == std::vector<std::string>{"went on from step 6 (epoch 1)"});
}

TEST_CASE("a run that is asked to stop says where it stopped", "[checkpoints]") {
  Resumable run(ShortRun("none"));
  RunRecorder recorder(20);
  CHECK(CarryOut(run.input(), recorder).message() == "stopped on request at step 19 (epoch 2)");
  RunInput without = Plain(ShortRun("none"));
  RunRecorder other(3);
  CHECK(CarryOut(without, other).code() == Code::kCanceled);
}

TEST_CASE("an altered checkpoint is passed over for the one before it", "[checkpoints]") {
  const Undisturbed undisturbed(ShortRun("linformer"));
  Resumable run(ShortRun("linformer"));
  run.StopAfter(5);
  run.StopAfter(4);
  REQUIRE(fs::exists(run.previous()));
  Alter(run.last(), static_cast<std::int64_t>(fs::file_size(run.last()) / 2));
  const RunRecorder resumed = run.Finish();
  CHECK(resumed.notes ==
        std::vector<std::string>{
            "passed over checkpoint: it was cut or altered: its checksum does not fit",
            "went on from step 5 (epoch 1)"});
  undisturbed.CheckEqual(resumed, run);
}

TEST_CASE("a run whose checkpoints are all bad begins anew", "[checkpoints]") {
  const Undisturbed undisturbed(ShortRun("none"));
  Resumable run(ShortRun("none"));
  run.StopAfter(5);
  fs::resize_file(run.last(), fs::file_size(run.last()) - 1);
  const RunRecorder anew = run.Finish();
  CHECK(anew.notes.size() == 1);
  undisturbed.CheckEqual(anew, run);
}

TEST_CASE("checkpoints of another run or another number of threads are passed over",
          "[checkpoints]") {
  Resumable run(ShortRun("none"));
  run.StopAfter(5);
  run.input().threads = 2;
  CHECK(run.Finish().notes.front() == "passed over checkpoint: its threads is '1', here it is '2'");
  run.input().threads = 1;
  run.input().run = "beef";
  CHECK(run.Finish().notes.front().starts_with("passed over checkpoint: its run is 'cafe'"));
}

TEST_CASE("emulated bfloat16 is gone on with emulated alone", "[checkpoints]") {
  setenv("SWEEPFORMER_BFLOAT16", "emulate", /*overwrite=*/1);
  Resumable run(testing::With(ShortRun("full"), {{"precision", std::string("bfloat16")}}));
  run.StopAfter(5);
  std::vector<std::string> passed_over;
  const CheckpointFolder folder(run.last().parent_path());
  CHECK_FALSE(folder.FindLast({{"bfloat16", ""}}, passed_over));
  CHECK(passed_over == std::vector<std::string>{
                           "passed over checkpoint: its bfloat16 is 'emulated', here it is ''"});
  CHECK(run.Finish().notes.back() == "went on from step 5 (epoch 1)");
  unsetenv("SWEEPFORMER_BFLOAT16");
}

TEST_CASE("a run started by hand goes on only as what it was", "[checkpoints]") {
  Resumable run(ShortRun("none"));
  run.input().run = "";
  run.StopAfter(5);
  CHECK(run.Finish().notes.front().starts_with("went on from step 5"));
  run.input().seed += 1;
  CHECK(run.Finish().notes.front().starts_with("passed over checkpoint: its run is"));
}

TEST_CASE("what an earlier attempt cost is counted", "[checkpoints]") {
  Resumable run(ShortRun("full"));
  run.StopAfter(20);
  std::vector<std::string> passed_over;
  const auto stored = CheckpointFolder(run.last().parent_path()).FindLast({}, passed_over);
  REQUIRE(stored);
  StateArchive archive(stored->state);
  double cpu_seconds = 0, train_seconds = 0;
  archive.Visit("cpu_seconds", cpu_seconds);
  archive.Visit("cost.seconds", train_seconds);
  CHECK(train_seconds > 0);
  const RunRecorder resumed = run.Finish();
  CHECK(resumed.metrics.at("train_seconds") > train_seconds);
  CHECK(resumed.metrics.at("cpu_seconds") > 2 * cpu_seconds);  // both in this process
}

TEST_CASE("a child goes on without its parent's weights", "[checkpoints]") {
  Resumable parent(ShortRun("full"));
  parent.Finish();
  const auto child_of_parent = [&] {
    auto child = std::make_unique<Resumable>(ShortRun("full"));
    child->input().seed = 2;
    child->input().parent = "cafe";
    child->input().init_from = parent.input().keep_weights;
    return child;
  };
  const auto undisturbed = child_of_parent(), disturbed = child_of_parent();
  const RunRecorder expected = undisturbed->Finish();
  disturbed->StopAfter(17);
  fs::remove(parent.input().keep_weights);
  const RunRecorder resumed = disturbed->Finish();
  CHECK(resumed.metrics.at("init_loaded_share") == 1);
  CHECK(resumed.history == expected.history);
  CHECK(ReproducibleMetrics(resumed) == ReproducibleMetrics(expected));
  CHECK((disturbed->weights() == undisturbed->weights()));
}

TEST_CASE("a run goes on though no checkpoint can be written", "[checkpoints]") {
  RunInput input = Plain(ShortRun("none"));
  input.checkpoints = "/proc/nowhere";
  RunRecorder recorder;
  CHECK(CarryOut(input, recorder).ok());
  REQUIRE_FALSE(recorder.notes.empty());
  CHECK(recorder.notes.front().starts_with("no checkpoint was written: /proc/nowhere/checkpoint"));
}

}  // namespace
}  // namespace sweepformer::model
