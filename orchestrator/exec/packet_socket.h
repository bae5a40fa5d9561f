#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// One message and the descriptors that travel with it.
struct Packet {
  std::string text;
  std::vector<UniqueFd> fds;  ///< close-on-exec
};

/// One end of a connection between two processes that keeps messages apart and passes descriptors.
class PacketSocket {
 public:
  static constexpr std::size_t kLongestPacket = 180'000;  ///< bytes; below Linux's default buffer
  static constexpr std::size_t kMostFds = 4;

  PacketSocket() = default;
  explicit PacketSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  static Result<std::pair<PacketSocket, PacketSocket>> MakePair();

  /// Blocks while the other end's queue is full. InvalidArgument for a text over kLongestPacket;
  /// IoError if the other end is gone.
  Status Send(std::string_view text, const std::vector<int>& fds = {}) const;

  /// As Send, but false instead of blocking.
  Result<bool> TrySend(std::string_view text, const std::vector<int>& fds = {}) const;

  /// The next packet; blocks while there is none. NotFound once the other end is closed.
  Result<Packet> Receive() const;

  /// Whether Receive would return at once.
  bool HasPacket() const;

  int fd() const { return fd_.get(); }

 private:
  Result<bool> SendWith(std::string_view text, const std::vector<int>& fds, int flags) const;

  UniqueFd fd_;
};

}  // namespace sweepformer
