#include "orchestrator/core/outcome.h"

#include <array>

namespace sweepformer {
namespace {

constexpr std::array<std::string_view, 7> kStates = {"pending",  "running", "succeeded", "failed",
                                                     "canceled", "aborted", "stopped"};
constexpr std::array<std::string_view, 7> kOutcomes = {
    "completed", "failed", "crashed", "timeout", "out_of_memory", "canceled", "lost"};

template <typename Enum, std::size_t N>
std::optional<Enum> Find(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view Word(RunState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view Word(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

std::optional<RunState> ParseRunState(std::string_view word) {
  return Find<RunState>(kStates, word);
}
std::optional<Outcome> ParseOutcome(std::string_view word) {
  return Find<Outcome>(kOutcomes, word);
}

bool IsFinal(RunState state) { return state != RunState::kPending && state != RunState::kRunning; }

}  // namespace sweepformer
