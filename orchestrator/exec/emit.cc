#include "orchestrator/exec/emit.h"

#include <fmt/format.h>
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

}  // namespace

Status HandOver(std::string_view lines) {
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
  return {};
}

}  // namespace sweepformer
