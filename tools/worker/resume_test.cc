#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/exec/capture.h"
#include "orchestrator/exec/description_json.h"
#include "orchestrator/exec/protocol.h"

// Runs whose worker is stopped or killed on the way, compared with undisturbed ones. LibTorch is
// not linked here.

namespace sweepformer {
namespace {

const std::string kWorker = SWEEPFORMER_BIN_DIR "/sweepformer-worker";

/// What one attempt said and how it ended.
struct Attempt {
  std::vector<Event> events;
  int exit_code = -1;
  int signal = 0;

  std::vector<std::string> Notes() const {
    std::vector<std::string> notes;
    for (const Event& event : events) {
      if (const auto* note = std::get_if<NoteEvent>(&event)) notes.push_back(note->message);
    }
    return notes;
  }
};

/// A worker process that is given `request`.
class Process {
 public:
  explicit Process(const RunRequest& request) {
    int input[2], output[2];
    REQUIRE((pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0));
    pid_ = fork();
    if (pid_ == 0) {
      dup2(input[0], STDIN_FILENO);
      dup2(output[1], kEventsFd);
      setenv(kEventsFdVariable, std::to_string(kEventsFd).c_str(), 1);
      const int nowhere = open("/dev/null", O_WRONLY);
      dup2(nowhere, STDERR_FILENO);
      execl(kWorker.c_str(), kWorker.c_str(), "--run", nullptr);
      _exit(127);
    }
    const std::string text = FormatRequest(request);
    REQUIRE(write(input[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(input[0]);
    close(input[1]);
    close(output[1]);
    events_ = fdopen(output[0], "r");
  }

  /// Reads to the end of the stream; sends `signal` when so many events have come.
  Attempt Run(std::size_t events_before_signal = 0, int signal = 0) {
    Attempt attempt;
    char* line = nullptr;
    std::size_t capacity = 0;
    for (ssize_t length = 0; (length = getline(&line, &capacity, events_)) > 0;) {
      const auto event = ParseEvent({line, static_cast<std::size_t>(length) - 1});
      REQUIRE(event.ok());
      attempt.events.push_back(*event);
      if (signal != 0 && attempt.events.size() == events_before_signal) kill(pid_, signal);
    }
    free(line);
    fclose(events_);
    int status = 0;
    REQUIRE(waitpid(pid_, &status, 0) == pid_);
    attempt.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    attempt.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return attempt;
  }

 private:
  pid_t pid_ = -1;
  FILE* events_ = nullptr;
};

/// A run with a folder of its own.
struct Run {
  explicit Run(const std::string& attention) {
    const std::int64_t layers = 1, width = 16, rows = 300, length = 24, epochs = 4;
    request.run = "cafe";
    request.seed = 5;
    request.folder = folder.path();
    request.keep_weights = folder / "weights";
    request.parameters = {{"attention", attention}, {"rows", rows},     {"max_length", length},
                          {"d_model", width},       {"epochs", epochs}, {"layers", layers},
                          {"dropout", 0.2}};
    if (attention == "linformer") request.parameters["compression"] = std::int64_t{4};
    if (attention == "performer") request.parameters["redraw_interval"] = std::int64_t{3};
  }

  Attempt Finish() {
    Attempt attempt = Process(request).Run();
    REQUIRE(attempt.exit_code == 0);
    return attempt;
  }

  testing::TempFolder folder;
  RunRequest request;
};

/// The metrics that are not the same in equal runs.
const std::set<std::string>& Measured() {
  static const std::set<std::string> names = [] {
    std::set<std::string> measured;
    const std::string text = CaptureOutput({kWorker, "--describe"}, 60'000).value();
    const WorkerDescription description = ParseDescription(text).value();
    for (const MetricSpec& metric : description.metrics) {
      if (!metric.reproducible) measured.insert(metric.name);
    }
    return measured;
  }();
  return names;
}

/// All an attempt said that equal runs say alike, in its order.
std::vector<std::string> Reproducible(const Attempt& attempt) {
  std::vector<std::string> lines;
  for (const Event& event : attempt.events) {
    const auto* metric = std::get_if<MetricEvent>(&event);
    if (metric && Measured().contains(metric->name)) continue;
    if (std::holds_alternative<NoteEvent>(event)) continue;
    lines.push_back(FormatEvent(event));
  }
  return lines;
}

/// How many events there are up to the loss that is told `count`-th.
std::size_t SaidUntilLoss(int count, const Attempt& attempt) {
  std::size_t said = 0;
  while (count > 0 && said < attempt.events.size()) {
    const auto* metric = std::get_if<MetricEvent>(&attempt.events[said++]);
    if (metric && metric->name == "step_loss") --count;
  }
  return said;
}

TEST_CASE("runs that are killed again and again end as undisturbed ones", "[resume]") {
  std::mt19937 random(11);
  for (const char* attention : {"full", "linformer", "performer", "lstm"}) {
    CAPTURE(attention);
    Run undisturbed(attention), disturbed(attention);
    const Attempt expected = undisturbed.Finish();
    int resumed = 0;
    for (int kills = 0; kills < 4; ++kills) {
      const std::size_t events = 5 + random() % (expected.events.size() - 5);
      const Attempt killed = Process(disturbed.request).Run(events, SIGKILL);
      resumed += static_cast<int>(killed.Notes().size());
    }
    const Attempt last = disturbed.Finish();
    resumed += static_cast<int>(last.Notes().size());
    CHECK(resumed > 0);
    CHECK(Reproducible(last) == Reproducible(expected));
    CHECK((ReadFile(disturbed.request.keep_weights).value() ==
           ReadFile(undisturbed.request.keep_weights).value()));
  }
}

TEST_CASE("a worker that is asked to end writes down where it is and goes on there", "[resume]") {
  Run undisturbed("full"), disturbed("full");
  const Attempt expected = undisturbed.Finish();
  const Attempt stopped = Process(disturbed.request).Run(SaidUntilLoss(4, expected), SIGTERM);
  CHECK(stopped.signal == SIGTERM);
  REQUIRE_FALSE(stopped.Notes().empty());
  const std::string where = stopped.Notes().back();
  const std::string stopped_at = "stopped on request at ";
  REQUIRE(where.starts_with(stopped_at));
  const Attempt last = disturbed.Finish();
  CHECK(last.Notes() ==
        std::vector<std::string>{"went on from " + where.substr(stopped_at.size())});
  CHECK(Reproducible(last) == Reproducible(expected));
}

TEST_CASE("a worker that has hardly begun ends when asked", "[resume]") {
  Run run("full");
  const Attempt stopped = Process(run.request).Run(1, SIGTERM);
  CHECK(stopped.signal == SIGTERM);
}

}  // namespace
}  // namespace sweepformer
