#include "orchestrator/exec/event_inlet.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sweepformer {
namespace {

/// That are read at once; the others wait, lest one worker takes all our descriptors.
constexpr std::size_t kMostSenders = 256;

Result<UniqueFd> Listen(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = path.native();
  if (name.size() >= sizeof address.sun_path) {
    return InvalidArgument(fmt::format("{}: too long for the path of a socket", name));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid() ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    return IoError(fmt::format("{}: cannot listen there: {}", name, std::strerror(errno)));
  }
  return fd;
}

}  // namespace

Result<EventInlet> EventInlet::Open(const std::filesystem::path& socket) {
  EventInlet inlet;
  SF_ASSIGN(inlet.listener_, Listen(socket));
  inlet.socket_ = socket;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return IoError(fmt::format("a pipe cannot be made: {}", std::strerror(errno)));
  }
  inlet.senders_.push_back({UniqueFd(ends[0]), {}});
  inlet.write_end_ = UniqueFd(ends[1]);
  // Our end only: the worker's own is its to block on.
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return inlet;
}

EventInlet::~EventInlet() {
  if (listener_.valid()) unlink(socket_.c_str());
}

std::vector<int> EventInlet::Readable() const {
  std::vector<int> fds;
  if (senders_.size() < kMostSenders) fds.push_back(listener_.get());
  for (const Sender& sender : senders_) fds.push_back(sender.fd.get());
  return fds;
}

bool EventInlet::Sender::Take(const LineVisitor& visit) {
  std::array<char, 65536> buffer;
  int waiting = 0;
  ioctl(fd.get(), FIONREAD, &waiting);
  do {
    ssize_t size = 0;
    while ((size = read(fd.get(), buffer.data(), buffer.size())) < 0 && errno == EINTR) {
    }
    if (size <= 0) {
      if (size == 0 || errno != EAGAIN) {
        lines.Finish(visit);
        fd.reset();
      }
      return false;
    }
    lines.Add(std::string_view(buffer.data(), static_cast<std::size_t>(size)), visit);
    waiting -= static_cast<int>(size);
  } while (waiting > 0);
  return true;
}

void EventInlet::AcceptSenders() {
  while (senders_.size() < kMostSenders) {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    senders_.push_back({UniqueFd(fd), {}});
  }
}

void EventInlet::Take(const LineVisitor& visit) {
  AcceptSenders();
  for (Sender& sender : senders_) sender.Take(visit);
  ForgetClosed();
}

void EventInlet::Finish(const LineVisitor& visit) {
  for (AcceptSenders(); !senders_.empty(); AcceptSenders()) {
    for (Sender& sender : senders_) {
      while (sender.fd.valid() && sender.Take(visit)) {
      }
      if (sender.fd.valid()) sender.lines.Finish(visit);
      sender.fd.reset();
    }
    ForgetClosed();
  }
}

void EventInlet::ForgetClosed() {
  std::erase_if(senders_, [&](const Sender& sender) {
    if (!sender.fd.valid()) dropped_ += sender.lines.dropped();
    return !sender.fd.valid();
  });
}

}  // namespace sweepformer
