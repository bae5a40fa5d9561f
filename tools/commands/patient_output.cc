#include "tools/commands/patient_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "orchestrator/core/clock.h"

namespace sweepformer::cli {
namespace {

constexpr std::size_t kMostKept = std::size_t{1} << 20;
constexpr int kLastWaitMs = 1000;

/// Files take what they are given, and opened again would be written from their beginning.
bool MayStall(int fd) {
  struct stat facts {};
  return fstat(fd, &facts) == 0 && (S_ISFIFO(facts.st_mode) || isatty(fd));
}

UniqueFd OpenedAgain(int fd) {
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  return UniqueFd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

}  // namespace

PatientOutput::PatientOutput(int fd) : fd_(fd), own_(MayStall(fd) ? OpenedAgain(fd) : UniqueFd()) {}

PatientOutput::~PatientOutput() {
  const std::int64_t deadline = SteadyMs() + kLastWaitMs;
  while (!kept_.empty() && SteadyMs() < deadline) {
    pollfd room{own_.get(), POLLOUT, 0};
    poll(&room, 1, kLastWaitMs);
    WriteKept();
  }
}

void PatientOutput::Write(std::string_view text) {
  if (!own_.valid()) {
    (void)!write(fd_, text.data(), text.size());
    return;
  }
  if (kept_.size() + text.size() <= kMostKept) kept_ += text;
  WriteKept();
}

void PatientOutput::WriteKept() {
  while (!kept_.empty()) {
    const ssize_t size = write(own_.get(), kept_.data(), kept_.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) kept_.clear();  // nobody is there any more
    if (size <= 0) return;
    kept_.erase(0, static_cast<std::size_t>(size));
  }
}

}  // namespace sweepformer::cli
