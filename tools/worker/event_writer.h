#pragma once

#include "orchestrator/core/status.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer::worker {

/// Where the events of a run go: the descriptor that SWEEPFORMER_EVENTS_FD names or, for a run
/// started by hand, standard output. Each event is on its way when Write returns.
class EventWriter {
 public:
  /// InvalidArgument if SWEEPFORMER_EVENTS_FD is not the number of an open descriptor.
  static Result<EventWriter> Open();

  /// Throws std::system_error if nobody listens any more: there is then no point in going on.
  void Write(const Event& event) const;

 private:
  explicit EventWriter(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace sweepformer::worker
