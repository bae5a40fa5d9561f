#include "datasets/lines.h"

namespace sweepformer::datasets {

bool LineReader::Next(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++number_;
  return true;
}

std::string Excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string quoted = "'" + std::string(text.substr(0, kLongest));
  for (char& c : quoted)
    if (c < ' ' || c > '~') c = '?';
  return quoted + (text.size() > kLongest ? "...'" : "'");
}

std::string_view SkipByteOrderMark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

}  // namespace sweepformer::datasets
