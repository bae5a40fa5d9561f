#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sweepformer {

/// Cuts a stream of bytes into lines, however it is chopped up. A line over kLongestLine is dropped
/// as a whole and counted, so that hostile output costs no memory.
class EventLines {
 public:
  static constexpr std::size_t kLongestLine = 1 << 20;

  /// Calls `visit` for every line that `bytes` completes, without its line break; empty ones are
  /// left out.
  void Add(std::string_view bytes, const std::function<void(std::string_view)>& visit);

  /// At the end of the stream: a last line that has no line break.
  void Finish(const std::function<void(std::string_view)>& visit);

  int dropped() const { return dropped_; }

 private:
  void EndLine(const std::function<void(std::string_view)>& visit);

  std::string partial_;
  bool too_long_ = false;
  int dropped_ = 0;
};

}  // namespace sweepformer
