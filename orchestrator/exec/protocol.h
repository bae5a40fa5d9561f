#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/core/run_config.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

/// The worker protocol: JSON lines, both directions in one place. Its page is PROTOCOL.md.
/// On the wire; append only.
namespace sweepformer {

inline constexpr int kProtocolVersion = 1;

/// Environment variables and the descriptor by which a worker finds its event stream.
inline constexpr const char* kEventsFdVariable = "SWEEPFORMER_EVENTS_FD";
inline constexpr const char* kEventsSocketVariable = "SWEEPFORMER_EVENTS";
inline constexpr int kEventsFd = 3;

/// Environment variables that tell libraries how many threads they may have.
inline constexpr std::array<const char*, 3> kThreadVariables = {
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"};

/// The first word of a worker that speaks the whole protocol.
struct HelloEvent {
  std::string worker;
  std::string version;
  std::string build;
  bool checkpoints = false;  ///< told to end, it writes down how far it is first
};

/// What the worker makes of its request, all defaults filled in.
struct ConfigEvent {
  Parameters parameters;
  std::int64_t seed = 0;
  std::string provenance_json;  ///< versions, CPU, threads: an object, kept as it is
  std::string data = {};        ///< fingerprint of the data set it reads; empty: it does not say
};

/// One figure. No step: a final metric of the run, the last one wins.
struct MetricEvent {
  std::string name;
  double value = 0;
  std::optional<std::int64_t> step;
  std::string split;
};

/// One bit per test item in the data's order: right or wrong.
struct TestHitsEvent {
  std::vector<bool> hits;
};

/// The run has failed, and why. A zero exit does not undo it.
struct ErrorEvent {
  std::string message;
};

/// Something that explains the attempt's figures and does not count against it.
struct NoteEvent {
  std::string message;
};

/// All is said.
struct DoneEvent {};

using Event = std::variant<HelloEvent, ConfigEvent, MetricEvent, TestHitsEvent, ErrorEvent,
                           NoteEvent, DoneEvent>;

/// One line of the stream, without its line break. InvalidArgument says what is wrong with a line
/// that is no event; NotFound for an event of a kind this version does not know.
Result<Event> ParseEvent(std::string_view line);

/// `event` as one line with its line break.
std::string FormatEvent(const Event& event);

/// What the orchestrator asks of the built-in worker, on its standard input.
struct RunRequest {
  std::string run;
  std::int64_t attempt = 1;
  RunKind kind = RunKind::kTrain;
  std::int64_t seed = 0;
  int threads = 1;
  int warmup_steps = 0;                ///< of a probe
  std::filesystem::path folder;        ///< the run's own; made by whoever writes into it first
  std::filesystem::path data_folder;   ///< empty: none was named
  std::filesystem::path keep_weights;  ///< file to write the final weights to; empty: nowhere
  std::string parent;                  ///< the run whose weights this one starts from, or empty
  std::filesystem::path init_from;     ///< the file of that run's weights, which names the run
  Parameters parameters;
};

std::string FormatRequest(const RunRequest& request);
Result<RunRequest> ParseRequest(std::string_view json);

}  // namespace sweepformer
