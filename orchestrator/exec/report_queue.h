#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "orchestrator/exec/keeper_protocol.h"
#include "orchestrator/exec/packet_socket.h"

namespace sweepformer {

/// What the keeper has yet to tell the orchestrator, oldest first, and when it is to. All times are
/// milliseconds of one steady clock.
class ReportQueue {
 public:
  /// That a program has started is said with its end, if that comes so soon: one message to wake
  /// the orchestrator, not two.
  static constexpr int kStartedWaitMs = 10;

  /// Reports in one packet.
  static constexpr std::ptrdiff_t kMostInPacket = 16;

  void Add(KeeperReport report, std::int64_t now_ms);

  /// Whether a report has waited for as long as it can; then all go.
  bool IsDue(std::int64_t now_ms) const;

  /// How long until the first is due; nothing if there is none, or one is due already.
  std::optional<std::int64_t> MsUntilDue(std::int64_t now_ms) const;

  /// If any is due, sends as many as the orchestrator's queue holds and keeps the others, which
  /// stay due: two that waited for one another would wait for ever. Where nobody is there any more
  /// they are dropped.
  void SendDue(const PacketSocket& socket, std::int64_t now_ms);

 private:
  std::deque<KeeperReport> unsent_;
  std::int64_t due_ms_ = 0;  ///< when the first of them has waited long enough
};

}  // namespace sweepformer
