#include "orchestrator/exec/brand.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace sweepformer;

namespace {

/// A process that takes `brand` and executes a program without an environment, while it lives.
class Branded {
 public:
  explicit Branded(rlim_t brand) : pid_(fork()) {
    if (pid_ != 0) return;
    TakeBrand(brand);
    const char* const argv[] = {"/bin/sleep", "60", nullptr};
    const char* const environment[] = {nullptr};
    execve(argv[0], const_cast<char* const*>(argv), const_cast<char* const*>(environment));
    _exit(127);
  }
  ~Branded() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Branded(const Branded&) = delete;
  Branded& operator=(const Branded&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

bool Becomes(pid_t pid, rlim_t brand) {
  for (int i = 0; i < 5000 && BrandOf(pid) != brand; ++i) usleep(1000);
  return BrandOf(pid) == brand;
}

}  // namespace

TEST_CASE("a brand stays with a process that is executed without an environment", "[brand]") {
  const rlim_t brand = BrandFor("1.2.3");
  REQUIRE(brand != 0);
  CHECK(brand != BrandFor("1.2.4"));
  CHECK(brand == BrandFor("1.2.3"));
  const Branded branded(brand);
  CHECK(Becomes(branded.pid(), brand));
  CHECK(BrandOf(getpid()) != brand);
}

TEST_CASE("a process that does not exist has no brand", "[brand]") {
  const pid_t gone = fork();
  if (gone == 0) _exit(0);
  waitpid(gone, nullptr, 0);
  CHECK(BrandOf(gone) == 0);
}

TEST_CASE("what is branded gives brands below its own, without a privilege", "[brand]") {
  const pid_t child = fork();
  if (child == 0) {
    const rlim_t outer = BrandFor("1.2.3");
    TakeBrand(outer);
    const rlim_t inner = BrandFor("4.5.6");
    _exit(inner != 0 && inner < outer && BrandFor("4.5.7") != inner ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("where the limit leaves few numbers there are no brands", "[brand]") {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit few{1000, 1000};
    setrlimit(RLIMIT_LOCKS, &few);
    _exit(BrandFor("1.2.3") == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
}
