#include <fmt/format.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/fork_on_request.h"
#include "orchestrator/exec/packet_socket.h"
#include "orchestrator/exec/serve_protocol.h"

// A worker for tests: --run and --serve like the built-in one, but what it does are the lines on
// its standard input, one after the other. Or it serves badly: --pretend, --refuse.

using namespace sweepformer;

namespace {

/// Touches so much memory for so long.
void Hold(long mib, long ms) {
  const auto size = static_cast<std::size_t>(mib) << 20;
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 1, size);
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  munmap(memory, size);
}

/// Holds memory that two children have too.
void Share(long mib, long ms) {
  const auto size = static_cast<std::size_t>(mib) << 20;
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 1, size);
  for (int i = 0; i < 2; ++i) {
    if (fork() != 0) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    _exit(0);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

/// A process that nobody started, in a session of its own, that has executed nothing.
void Stray(int seconds) {
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  for (int i = 0; i < seconds; ++i) sleep(1);
  _exit(0);
}

/// Processes in a session of their own that hold nothing, each of which forks the next and ends.
/// The last makes the file.
void Chain(long ms, const std::string& file) {
  using std::chrono::steady_clock;
  if (fork() != 0) return;
  setsid();
  for (int fd = 0; fd <= 3; ++fd) close(fd);
  const auto end = steady_clock::now() + std::chrono::milliseconds(ms);
  while (steady_clock::now() < end) {
    if (fork() != 0) _exit(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::ofstream(file) << "done";
  _exit(0);
}

/// Goes on in another thread when the first has ended, whatever it is asked.
void LeaveThread() {
  signal(SIGTERM, SIG_IGN);
  std::thread([] { std::this_thread::sleep_for(std::chrono::seconds(100)); }).detach();
  pthread_exit(nullptr);
}

/// What of /proc/self/status begins so.
std::string StatusLine(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return line;
  }
  return "";
}

/// Answers every request with so many a process number, or an error, and forks nothing.
int Pretend(std::int64_t pid, const std::string& error) {
  const PacketSocket socket(UniqueFd(dup(STDIN_FILENO)));
  for (;;) {
    const auto packet = socket.Receive();
    if (!packet.ok()) return 0;
    const auto request = ParseServeRequest(packet->text);
    if (!request.ok()) return 2;
    if (!socket.Send(FormatServeReply({request->attempt, pid, error})).ok()) return 0;
  }
}

int Obey() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, text;
    long first = 0, second = 0;
    words >> verb;
    if (verb == "hold" && words >> first >> second) Hold(first, second);
    if (verb == "share" && words >> first >> second) Share(first, second);
    if (verb == "background-hold" && words >> first >> second && fork() == 0)
      return Hold(first, second), 0;
    if (verb == "sleep" && words >> first)
      std::this_thread::sleep_for(std::chrono::milliseconds(first));
    if (verb == "stray") Stray(100);
    if (verb == "chain" && words >> first >> text) Chain(first, text);
    if (verb == "leave-thread") LeaveThread();
    if (verb == "crash") __builtin_trap();
    if (verb == "exit" && words >> first) return static_cast<int>(first);
    if (verb == "say" && words >> text) fmt::print("{}\n", std::getenv(text.c_str()));
    if (verb == "status" && words >> text) fmt::print("{}\n", StatusLine(text));
    if (verb == "print" && words >> text) fmt::print("{}\n", text);
    if (verb == "session") fmt::print("{}\n", getsid(0) == getpid() ? "own" : "another's");
    if (verb == "parent") fmt::print("{}\n", getppid());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  if (option == "--serve") {
    if (!ArmCrashPoint().ok()) return 2;
    if (!ForkOnRequest()) return 0;
  }
  if (option == "--pretend") return Pretend(argc > 2 ? std::atoll(argv[2]) : getpid(), "");
  if (option == "--refuse") return Pretend(0, argc > 2 ? argv[2] : "");
  return Obey();
}
