#include "orchestrator/exec/event_lines.h"

namespace sweepformer {

void EventLines::Add(std::string_view bytes, const std::function<void(std::string_view)>& visit) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (partial_.size() + piece.size() > kLongestLine) too_long_ = true;
    if (!too_long_) partial_ += piece;
    if (end == std::string_view::npos) return;
    EndLine(visit);
    bytes.remove_prefix(end + 1);
  }
}

void EventLines::Finish(const std::function<void(std::string_view)>& visit) { EndLine(visit); }

void EventLines::EndLine(const std::function<void(std::string_view)>& visit) {
  if (too_long_) {
    ++dropped_;
  } else if (!partial_.empty()) {
    visit(partial_);
  }
  partial_.clear();
  too_long_ = false;
}

}  // namespace sweepformer
