#include "tools/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "orchestrator/core/clock.h"

namespace sweepformer::testing {

std::string& Screen::Row() {
  if (rows_.size() <= row_) rows_.resize(row_ + 1);
  return rows_[row_];
}

void Screen::Put(char c) {
  if (column_ == columns_) {
    ++row_;
    column_ = 0;
  }
  std::string& row = Row();
  if (row.size() <= column_) row.resize(column_ + 1, ' ');
  row[column_++] = c;
}

void Screen::Write(const std::string& bytes) {
  for (const char c : bytes) {
    if (!escape_.empty() || c == '\x1b') {
      escape_ += c;
      if (escape_ == "\x1b[K") Row().resize(std::min(Row().size(), column_));
      if (escape_.size() > 2 && c >= '@' && c <= '~') escape_.clear();
    } else if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      Row();
      ++row_;
    } else {
      Put(c);
    }
  }
}

std::string Screen::Text() const {
  std::string text;
  for (const std::string& row : rows_) text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  return text.substr(0, text.find_last_not_of('\n') + 1) + "\n";
}

bool CanOpenTerminals() {
  const UniqueFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  const bool can = master.valid() && grantpt(master.get()) == 0 && unlockpt(master.get()) == 0 &&
                   ptsname(master.get());
  if (!can) WARN("no pseudo-terminal here (is /dev/pts mounted?): skipped");
  return can;
}

Terminal::Terminal(const std::string& shell_command, std::size_t columns) : screen_(columns) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  int master = -1;
  pid_ = forkpty(&master, nullptr, nullptr, &size);
  if (pid_ == 0) {
    execl("/bin/sh", "sh", "-c", shell_command.c_str(), nullptr);
    _exit(127);
  }
  master_.reset(master);
}

Terminal::~Terminal() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool Terminal::ReadSome() {
  pollfd ready{master_.get(), POLLIN, 0};
  if (poll(&ready, 1, 100) <= 0) return true;
  std::array<char, 4096> buffer;
  const ssize_t size = read(master_.get(), buffer.data(), buffer.size());
  if (size <= 0) return false;
  const std::string read(buffer.data(), static_cast<std::size_t>(size));
  bytes_ += read;
  screen_.Write(read);
  return true;
}

bool Terminal::Shows(const std::string& text) {
  constexpr std::int64_t kPatienceMs = 20'000;
  const std::int64_t begin = SteadyMs();
  while (screen_.Text().find(text) == std::string::npos) {
    if (SteadyMs() - begin > kPatienceMs || !ReadSome()) return false;
  }
  return true;
}

void Terminal::Resize(std::size_t columns) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  ioctl(master_.get(), TIOCSWINSZ, &size);
  screen_.Resize(columns);
}

int Terminal::Finish() {
  while (ReadSome()) {
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace sweepformer::testing
