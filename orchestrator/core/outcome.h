#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace sweepformer {

/// How far a run has come. Stored as words (results/SCHEMA.md); append only.
enum class RunState {
  kPending,    ///< waiting for its first or next attempt
  kRunning,    ///< an attempt is under way
  kSucceeded,  ///< an attempt completed; its figures may be compared
  kFailed,     ///< the attempts it is allowed are used up
  kCanceled,   ///< given up by a command of the user
  kAborted,    ///< never started: the run it starts from failed
  kStopped,    ///< ended early by a policy: partial, never compared as whole
};

/// How one attempt ended. Stored as words, which are also the words of `retry.on`; append only.
enum class Outcome {
  kCompleted,
  kFailed,   ///< a clean non-zero exit, or an exit 0 that reported an error
  kCrashed,  ///< killed by a signal that nobody of ours sent
  kTimeout,
  kOutOfMemory,
  kCanceled,  ///< stopped on the user's request
  kLost,      ///< nobody saw it end: the orchestrator died, or the node did
};

std::string_view Word(RunState state);
std::string_view Word(Outcome outcome);

/// The value whose word is `word`; nothing for any other text.
std::optional<RunState> ParseRunState(std::string_view word);
std::optional<Outcome> ParseOutcome(std::string_view word);

/// True when no attempt will follow unless the user asks for one.
bool IsFinal(RunState state);

}  // namespace sweepformer
