#include "model/checkpoint_folder.h"

#include <sys/wait.h>
#include <torch/types.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "orchestrator/core/crash_point.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

namespace sweepformer::model {
namespace {

namespace fs = std::filesystem;

/// A state of run 'cafe' that is told by its number.
TensorFile StateNumber(std::int64_t number) {
  return {{{"x", torch::full({5}, number, torch::kInt64)}}, {{"run", "cafe"}}};
}

/// The number of the state that is found, 0 if none is.
std::int64_t FindNumber(const CheckpointFolder& folder,
                        std::vector<std::string>* passed = nullptr) {
  std::vector<std::string> passed_over;
  const auto found = folder.FindLast({{"run", "cafe"}}, passed_over);
  if (passed != nullptr) *passed = passed_over;
  return found ? found->state.tensors.at("x")[0].item<std::int64_t>() : 0;
}

/// Writes both in a process that dies at the second passing of `step`; how it ended.
int WriteAndDie(const fs::path& path, const std::string& step, const TensorFile& first,
                const TensorFile& second) {
  const pid_t pid = fork();
  if (pid == 0) {
    setenv(kCrashVariable, (step + ":2").c_str(), 1);
    const CheckpointFolder folder(path);
    const bool written =
        ArmCrashPoint().ok() && folder.Write(first).ok() && folder.Write(second).ok();
    _exit(written ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST_CASE("the last checkpoint is found", "[checkpoint_folder]") {
  const sweepformer::testing::TempFolder temp;
  const CheckpointFolder folder(temp / "deep");
  CHECK(FindNumber(folder) == 0);
  for (const std::int64_t number : {1, 2, 3}) {
    REQUIRE(folder.Write(StateNumber(number)).ok());
    CHECK(FindNumber(folder) == number);
  }
  CHECK(std::distance(fs::directory_iterator(temp / "deep"), {}) == 2);
}

TEST_CASE("every cut and every altered byte of a checkpoint is noticed", "[checkpoint_folder]") {
  const sweepformer::testing::TempFolder temp;
  const CheckpointFolder folder(temp.path());
  REQUIRE(folder.Write(StateNumber(1)).ok());
  REQUIRE(folder.Write(StateNumber(2)).ok());
  const std::string whole = ReadFile(folder.last()).value();
  std::vector<std::string> passed_over;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::ofstream(folder.last(), std::ios::binary) << whole.substr(0, at);
    CHECK(FindNumber(folder, &passed_over) == 1);
    std::string altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 4);
    std::ofstream(folder.last(), std::ios::binary) << altered;
    CHECK(FindNumber(folder, &passed_over) == 1);
    CHECK(passed_over.size() == 1);
  }
}

TEST_CASE("a process that dies between the two names leaves the one before",
          "[checkpoint_folder]") {
  const sweepformer::testing::TempFolder temp;
  const CheckpointFolder folder(temp.path());
  REQUIRE(folder.Write(StateNumber(1)).ok());
  fs::rename(folder.last(), folder.previous());
  std::ofstream(temp / "checkpoint.77.tmp") << "half";
  CHECK(FindNumber(CheckpointFolder(temp.path())) == 1);
  CHECK_FALSE(fs::exists(temp / "checkpoint.77.tmp"));
}

TEST_CASE("a process that dies at any step of writing a checkpoint leaves a whole one",
          "[checkpoint_folder]") {
  const TensorFile first = StateNumber(1), second = StateNumber(2);
  for (const char* name : {"worker-in-checkpoint", "worker-before-rename", "worker-in-rename",
                           "worker-after-checkpoint"}) {
    const std::string step = name;
    CAPTURE(step);
    const sweepformer::testing::TempFolder temp;
    REQUIRE(WriteAndDie(temp.path(), step, first, second) == -SIGKILL);
    const CheckpointFolder folder(temp.path());
    CHECK(FindNumber(folder) == (step == "worker-after-checkpoint" ? 2 : 1));
    REQUIRE(folder.Write(StateNumber(3)).ok());
    CHECK(FindNumber(folder) == 3);
    for (const auto& entry : fs::directory_iterator(temp.path())) {
      CHECK(entry.path().extension() != ".tmp");
    }
  }
}

TEST_CASE("a checkpoint of something else is passed over and says why", "[checkpoint_folder]") {
  const sweepformer::testing::TempFolder temp;
  const CheckpointFolder folder(temp.path());
  REQUIRE(folder.Write(StateNumber(1)).ok());
  std::vector<std::string> passed_over;
  CHECK_FALSE(folder.FindLast({{"run", "beef"}}, passed_over));
  CHECK(passed_over ==
        std::vector<std::string>{"passed over checkpoint: its run is 'cafe', here it is 'beef'"});
}

}  // namespace
}  // namespace sweepformer::model
