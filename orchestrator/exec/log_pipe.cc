#include "orchestrator/exec/log_pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace sweepformer {

Result<LogPipe> LogPipe::Open(std::filesystem::path file, std::size_t most_bytes) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return IoError(fmt::format("a pipe cannot be made: {}", std::strerror(errno)));
  }
  LogPipe log(std::move(file), most_bytes);
  log.read_end_ = UniqueFd(ends[0]);
  log.write_end_ = UniqueFd(ends[1]);
  // Our end only: the program's own is its to block on.
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return log;
}

Status LogPipe::Take() { return TakeSome().status(); }

Status LogPipe::Finish() {
  bool more = true;
  Status first;
  while (more) {
    const Result<bool> some = TakeSome();
    if (!some.ok() && first.ok()) first = some.status();
    more = !some.ok() || *some;
  }
  read_end_.reset();
  const Status last = WriteLast();
  file_.reset();
  return first.ok() ? last : first;
}

Result<bool> LogPipe::TakeSome() {
  if (!read_end_.valid()) return false;
  std::array<char, 65536> text;
  ssize_t size = 0;
  while ((size = read(read_end_.get(), text.data(), text.size())) < 0 && errno == EINTR) {
  }
  if (size > 0) {
    SF_TRY(Keep(std::string_view(text.data(), static_cast<std::size_t>(size))));
    return true;
  }
  if (size == 0 || errno != EAGAIN) read_end_.reset();
  return false;
}

Status LogPipe::Keep(std::string_view text) {
  if (failed_) return {};
  const std::string_view fits = text.substr(0, room_);
  if (!fits.empty()) SF_TRY(Write(fits));
  room_ -= fits.size();
  text.remove_prefix(fits.size());
  if (text.empty()) return {};
  const bool said = beyond_bytes_ > 0;
  KeepLast(text);
  if (said) return {};
  return IoError(fmt::format("{}: over {} bytes were printed; of what follows only the end is kept",
                             path_.string(), most_bytes_));
}

void LogPipe::KeepLast(std::string_view text) {
  beyond_bytes_ += text.size();
  last_ += text.substr(text.size() - std::min(text.size(), kLastBytes));
  if (last_.size() > kLastBytes) last_.erase(0, last_.size() - kLastBytes);
}

/// What came last, as readers look for why a program failed at the end of its log.
Status LogPipe::WriteLast() {
  const std::string last = std::exchange(last_, {});
  if (last.empty()) return {};
  const std::size_t left_out = beyond_bytes_ - last.size();
  if (left_out > 0) {
    SF_TRY(Write(fmt::format("\n[sweepformer: {} bytes are left out here]\n", left_out)));
  }
  return Write(last);
}

Status LogPipe::Write(std::string_view text) {
  if (failed_) return {};
  const auto failure = [this] {
    failed_ = true;
    return IoError(
        fmt::format("{}: the log cannot be written: {}", path_.string(), std::strerror(errno)));
  };
  if (!file_.valid()) {
    std::error_code error;
    std::filesystem::create_directories(path_.parent_path(), error);
    file_ = UniqueFd(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!file_.valid()) return failure();
  }
  while (!text.empty()) {
    const ssize_t written = write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace sweepformer
