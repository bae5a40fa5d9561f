#include "orchestrator/exec/packet_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sweepformer {
namespace {

using ControlBuffer = std::array<char, CMSG_SPACE(PacketSocket::kMostFds * sizeof(int))>;

void AttachFds(const std::vector<int>& fds, ControlBuffer& control, msghdr& message) {
  if (fds.empty()) return;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
}

std::vector<UniqueFd> TakeFds(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::array<int, PacketSocket::kMostFds> numbers{};
    std::memcpy(numbers.data(), CMSG_DATA(header), count * sizeof(int));
    for (std::size_t i = 0; i < count; ++i) fds.emplace_back(numbers[i]);
  }
  return fds;
}

}  // namespace

Result<std::pair<PacketSocket, PacketSocket>> PacketSocket::MakePair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return IoError(fmt::format("a socket pair cannot be made: {}", std::strerror(errno)));
  }
  return std::pair(PacketSocket(UniqueFd(ends[0])), PacketSocket(UniqueFd(ends[1])));
}

/// False if it would block and `flags` forbid that.
Result<bool> PacketSocket::SendWith(std::string_view text, const std::vector<int>& fds,
                                    int flags) const {
  if (text.size() > kLongestPacket || fds.size() > kMostFds) {
    return InvalidArgument(fmt::format("a message of {} bytes is too long; at most {} fit",
                                       text.size(), kLongestPacket));
  }
  iovec part{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  AttachFds(fds, control, message);
  while (sendmsg(fd_.get(), &message, MSG_NOSIGNAL | flags) < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return IoError(fmt::format("cannot send: {}", std::strerror(errno)));
  }
  return true;
}

Status PacketSocket::Send(std::string_view text, const std::vector<int>& fds) const {
  return SendWith(text, fds, 0).status();
}

Result<bool> PacketSocket::TrySend(std::string_view text, const std::vector<int>& fds) const {
  return SendWith(text, fds, MSG_DONTWAIT);
}

Result<Packet> PacketSocket::Receive() const {
  std::array<char, kLongestPacket> text;  // not in the packet, which would fill it with zeros first
  iovec part{text.data(), text.size()};
  alignas(cmsghdr) ControlBuffer control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = 0;
  while ((size = recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (size < 0 && errno != ECONNRESET) {
    return IoError(fmt::format("cannot receive: {}", std::strerror(errno)));
  }
  if (size <= 0) return NotFound("the other end is closed");
  return Packet{std::string(text.data(), static_cast<std::size_t>(size)), TakeFds(message)};
}

bool PacketSocket::HasPacket() const {
  pollfd waited{fd_.get(), POLLIN, 0};
  return poll(&waited, 1, 0) > 0;
}

}  // namespace sweepformer
