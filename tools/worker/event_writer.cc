#include "tools/worker/event_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <system_error>

namespace sweepformer::worker {
namespace {

/// -1 if `text` is not the number of an open descriptor.
int OpenDescriptor(std::string_view text) {
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  const bool number = error == std::errc() && end == text.data() + text.size();
  return number && fcntl(fd, F_GETFD) >= 0 ? fd : -1;
}

void AwaitRoom(int fd) {
  pollfd room{.fd = fd, .events = POLLOUT, .revents = 0};
  poll(&room, 1, -1);
}

}  // namespace

Result<EventWriter> EventWriter::Open() {
  const char* const named = std::getenv(kEventsFdVariable);
  if (named == nullptr) return EventWriter(STDOUT_FILENO);
  const int fd = OpenDescriptor(named);
  if (fd >= 0) return EventWriter(fd);
  return InvalidArgument(
      fmt::format("{}={} does not name an open descriptor; unset it to see the events on standard "
                  "output",
                  kEventsFdVariable, named));
}

void EventWriter::Write(const Event& event) const {
  const std::string line = FormatEvent(event);
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = write(fd_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      AwaitRoom(fd_);
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot hand over an event");
    }
  }
}

}  // namespace sweepformer::worker
