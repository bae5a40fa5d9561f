#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {

/// One attempt of a run, as an executor is asked to carry it out.
struct LaunchRequest {
  std::int64_t attempt = 0;          ///< the store's key: names the attempt in every event
  std::vector<std::string> command;  ///< argv, placeholders filled in
  std::string standard_input;        ///< the run request of the built-in worker, else empty
  std::map<std::string, std::string> environment;  ///< added to the inherited one
  std::filesystem::path folder;                    ///< made before the start, unless empty
  std::filesystem::path log;        ///< of stdout and stderr; made once something is printed
  int threads = 1;                  ///< that libraries are told to use
  int cpus = 1;                     ///< it is pinned to so many, or to `threads` if that is more
  std::optional<double> timeout_s;  ///< from when its process begins
  std::vector<std::string> serve_command;  ///< starts a fork server that does what `command` does
  std::optional<std::int64_t> mem_limit_bytes;  ///< of the whole tree, which is killed beyond it
};

/// The process runs.
struct AcceptedEvent {
  std::int64_t attempt = 0;
  std::int64_t pid = 0;
  std::int64_t process_start = 0;  ///< ticks since boot; with the boot id it names the process
};

/// The worker said something.
struct ReportedEvent {
  std::int64_t attempt = 0;
  Event event;
};

/// Something went on that its record should tell: the worker's stream held what is no event, or its
/// log cannot be written. In words that make a sentence; the run goes on.
struct NotedEvent {
  std::int64_t attempt = 0;
  std::string text;
};

/// Its program has ended some time ago, and a process that it started has not.
struct LingeringEvent {
  std::int64_t attempt = 0;
  std::int64_t pid = 0;
  std::string name;  ///< of what the process runs; "" if it is gone by now
};

/// The whole tree of processes has ended and its stream is drained.
struct EndedEvent {
  std::int64_t attempt = 0;
  std::optional<int> exit_code;  ///< neither this nor a signal: it could not be started
  std::optional<int> signal;
  bool timed_out = false;
  bool stopped = false;  ///< Stop was asked for
  double cpu_seconds = 0;
  std::int64_t peak_rss_bytes = 0;  ///< of the largest process of the tree that was waited for
  std::optional<double> run_delay_share;          ///< of its runnable time, waiting for a CPU
  std::string peak_rss_method = "wait4";          ///< vmhwm: of a process that was not executed
  bool out_of_memory = false;                     ///< killed for being over its limit
  std::optional<std::int64_t> mem_limit_bytes;    ///< that it was started with
  std::optional<std::int64_t> peak_cgroup_bytes;  ///< of the tree, page cache included
  std::optional<double> energy_joules;  ///< of the processor packages, if no other ran meanwhile
  std::int64_t peak_watched_bytes = 0;  ///< of the tree where it has no cgroup, when looked at
  std::string error;                    ///< why it could not be started, else empty
  bool at_fault = true;  ///< not started: because of its command, not for want of processes
};

/// Whether it could not be started for want of processes or descriptors.
inline bool IsStarved(const EndedEvent& event) {
  return !event.exit_code && !event.signal && !event.at_fault;
}

/// SIGINT or SIGTERM reached the orchestrator.
struct InterruptedEvent {
  int signal = 0;
};

using ExecutorEvent = std::variant<AcceptedEvent, ReportedEvent, NotedEvent, LingeringEvent,
                                   EndedEvent, InterruptedEvent>;

/// How an attempt is stopped.
enum class StopHow {
  kAsk,   ///< SIGTERM: it may write what it needs and leave
  kKill,  ///< SIGKILL
};

/// Carries out attempts, many at once. Start never blocks: that an attempt runs, what it says and
/// how it ended are events (architecture.md, decision 12). Single-threaded.
class Executor {
 public:
  virtual ~Executor() = default;

  /// An Ended event always follows, also where the command cannot be started, or not now as others
  /// have what it wants. A failure is trouble of ours (nothing runs, and yet no descriptors left).
  virtual Status Start(const LaunchRequest& request) = 0;

  /// Does nothing for an attempt that has ended.
  virtual void Stop(std::int64_t attempt, StopHow how) = 0;

  /// Returns as soon as there are events, or with none after `timeout_ms`.
  virtual Result<std::vector<ExecutorEvent>> Wait(int timeout_ms) = 0;
};

}  // namespace sweepformer
