#include "orchestrator/exec/emit.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "orchestrator/core/unique_fd.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

Result<UniqueFd> Connect(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (fd.valid() &&
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  return IoError(
      fmt::format("{}: the run's orchestrator does not listen: {}", path, std::strerror(errno)));
}

/// The orchestrator closes its end once it has read everything. One that does not get to it in
/// time, being stopped perhaps, holds nobody up.
Status AwaitReading(const UniqueFd& fd, std::string_view path, int patience_ms) {
  shutdown(fd.get(), SHUT_WR);
  pollfd closed{fd.get(), POLLIN, 0};
  if (poll(&closed, 1, patience_ms) <= 0) return {};
  char nothing = 0;
  if (recv(fd.get(), &nothing, 1, MSG_DONTWAIT) >= 0 || errno != ECONNRESET) return {};
  return IoError(fmt::format("{}: the run's orchestrator has gone", path));
}

}  // namespace

Status HandOver(std::string_view lines, int patience_ms) {
  const char* path = std::getenv(kEventsSocketVariable);
  if (!path || !*path) {
    return NotFound(
        fmt::format("{} is not set: this works inside a run that 'sweepformer run' "
                    "has started",
                    kEventsSocketVariable));
  }
  SF_ASSIGN(const UniqueFd fd, Connect(path));
  while (!lines.empty()) {
    const ssize_t sent = send(fd.get(), lines.data(), lines.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return IoError(fmt::format("{}: {}", path, std::strerror(errno)));
    lines.remove_prefix(static_cast<std::size_t>(sent));
  }
  return AwaitReading(fd, path, patience_ms);
}

}  // namespace sweepformer
