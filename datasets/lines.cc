#include "datasets/lines.h"

#include <fmt/format.h>

#include <utility>

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

Result<bool> StreamLines::Next(std::string_view& line) {
  constexpr std::size_t kBlockBytes = std::size_t{1} << 18;
  std::size_t end = block_.find('\n', at_);
  while (end == std::string::npos) {
    block_.erase(0, std::exchange(at_, 0));
    const std::size_t held = block_.size();
    if (held > kLongestLine)
      return InvalidArgument(
          fmt::format("{}:{}: a line of more than {} bytes; is this a text file?", file_,
                      number_ + 1, kLongestLine));
    block_.resize(held + kBlockBytes);
    SF_ASSIGN(const std::size_t read, stream_.Read(block_.data() + held, kBlockBytes));
    block_.resize(held + read);
    if (read == 0) break;
    end = block_.find('\n', held);
  }
  if (at_ == block_.size()) return false;
  line = std::string_view(block_).substr(at_, end == std::string::npos ? end : end - at_);
  at_ = end == std::string::npos ? block_.size() : end + 1;
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
