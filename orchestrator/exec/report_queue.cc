#include "orchestrator/exec/report_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "orchestrator/core/crash_point.h"

namespace sweepformer {

void ReportQueue::Add(KeeperReport report, std::int64_t now_ms) {
  const bool can_wait = std::holds_alternative<StartedReport>(report);
  const std::int64_t due_ms = now_ms + (can_wait ? kStartedWaitMs : 0);
  due_ms_ = unsent_.empty() ? due_ms : std::min(due_ms_, due_ms);
  unsent_.push_back(std::move(report));
}

bool ReportQueue::IsDue(std::int64_t now_ms) const { return !unsent_.empty() && now_ms >= due_ms_; }

std::optional<std::int64_t> ReportQueue::MsUntilDue(std::int64_t now_ms) const {
  if (unsent_.empty() || now_ms >= due_ms_) return std::nullopt;
  return due_ms_ - now_ms;
}

void ReportQueue::SendDue(const PacketSocket& socket, std::int64_t now_ms) {
  if (!IsDue(now_ms)) return;
  while (!unsent_.empty()) {
    const auto end = unsent_.begin() + std::min(std::ssize(unsent_), kMostInPacket);
    const auto sent = socket.TrySend(FormatReports({unsent_.begin(), end}));
    if (sent.ok() && !*sent) return;
    unsent_.erase(unsent_.begin(), end);  // sent, or nobody is there any more
    Reach(CrashPoint::kKeeperAfterReport);
  }
}

}  // namespace sweepformer
