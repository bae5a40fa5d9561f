#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"
#include "orchestrator/exec/event_lines.h"

namespace sweepformer {

/// Where the events of one attempt come in: a pipe, which the worker inherits as descriptor 3, and
/// a socket for those of its children that no longer have it. Never blocks. Movable.
class EventInlet {
 public:
  using LineVisitor = std::function<void(std::string_view)>;

  /// Listens on `socket`, a path of at most 107 bytes that must not exist; it is removed at the
  /// end.
  static Result<EventInlet> Open(const std::filesystem::path& socket);

  EventInlet(EventInlet&&) = default;
  EventInlet& operator=(EventInlet&&) = default;
  ~EventInlet();

  /// The worker's end of the pipe; to be taken once, and closed here as soon as the worker has it.
  UniqueFd TakeWriteEnd() { return std::move(write_end_); }

  /// Descriptors that become readable when there is something to take.
  std::vector<int> Readable() const;

  /// Visits the lines that have come in, taking from each sender what waits there, and no more, so
  /// that no worker keeps the others waiting. The pipe is first: what was written to it before a
  /// sender connected is visited before that sender's lines. A sender at its end is closed, from
  /// which it knows that all was read.
  void Take(const LineVisitor& visit);

  /// Visits all that is left, once nobody can write any more.
  void Finish(const LineVisitor& visit);

  /// Lines left out for being too long.
  int dropped() const { return dropped_; }

 private:
  /// One descriptor with the line that is being received on it.
  struct Sender {
    UniqueFd fd;
    EventLines lines;
    bool Take(const LineVisitor& visit);  ///< what waits; false: nothing to be read now
  };

  EventInlet() = default;
  void AcceptSenders();
  void ForgetClosed();

  std::filesystem::path socket_;
  UniqueFd write_end_;
  UniqueFd listener_;
  std::vector<Sender> senders_;  ///< those that may still write, the pipe first
  int dropped_ = 0;
};

}  // namespace sweepformer
