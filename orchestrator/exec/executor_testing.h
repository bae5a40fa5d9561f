#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/exec/local_executor.h"
#include "orchestrator/exec/process_table.h"

/// What the tests of executors share.
namespace sweepformer::testing {

/// Commands through a local executor of their own, to their ends.
class ExecutorBench {
 public:
  explicit ExecutorBench(MemoryControl memory = MemoryControl::kCgroup)
      : executor_(LocalExecutor::Make(KeeperLink::Start(memory).value(), -1).value()) {}

  LaunchRequest Shell(const std::string& script) {
    LaunchRequest request;
    request.attempt = ++last_;
    request.command = {"/bin/sh", "-c", script};
    request.log = folder_ / ("log" + std::to_string(last_));
    return request;
  }

  /// `lines` for serving_program, which is executed or, if `served`, forked.
  LaunchRequest Program(const std::string& lines, bool served) {
    LaunchRequest request = Shell("");
    request.command = {SWEEPFORMER_BIN_DIR "/serving_program", "--run"};
    if (served) request.serve_command = {SWEEPFORMER_BIN_DIR "/serving_program", "--serve"};
    request.standard_input = lines;
    return request;
  }

  /// Starts `request`; the events up to its end, which is the last of them.
  std::vector<ExecutorEvent> Carry(const LaunchRequest& request) {
    REQUIRE(executor_->Start(request).ok());
    return UntilEnded(1);
  }

  std::vector<ExecutorEvent> UntilEnded(int count) {
    std::vector<ExecutorEvent> all;
    const std::int64_t deadline = SteadyMs() + 120'000;
    while (count > 0 && SteadyMs() < deadline) {
      auto events = executor_->Wait(100).value();
      for (ExecutorEvent& event : events) {
        count -= std::holds_alternative<EndedEvent>(event);
        all.push_back(std::move(event));
      }
    }
    REQUIRE(count == 0);
    return all;
  }

  EndedEvent End(const LaunchRequest& request) {
    return std::get<EndedEvent>(Carry(request).back());
  }

  std::string Log(const LaunchRequest& request) { return ReadFile(request.log).value(); }
  LocalExecutor& executor() { return *executor_; }
  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
  std::unique_ptr<LocalExecutor> executor_;
  std::int64_t last_ = 0;
};

inline bool AnyProcessRuns(const std::string& words) {
  for (const ProcessEntry& process : ReadProcesses()) {
    const auto line = ReadFile("/proc/" + std::to_string(process.pid) + "/cmdline");
    if (line.ok() && process.state != 'Z' && line->find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace sweepformer::testing
