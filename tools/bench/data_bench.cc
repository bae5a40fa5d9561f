#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "datasets/prepare.h"

/// data_bench DATA_FOLDER [name=value]...
///
/// How long preparing a data set takes and how much memory it needs, in a process of its own each:
/// with an empty token cache, and from it. The cache of fingerprints is empty too at first.

using namespace sweepformer;

namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int PrepareOnce(const Parameters& parameters, const std::filesystem::path& folder) {
  const double begin = Now();
  const auto data = datasets::Prepare(parameters, 1, folder);
  if (!data.ok()) {
    fmt::print(stderr, "{}\n", data.status().message());
    return 2;
  }
  fmt::print("  {:.3f} s: {} + {} + {} rows, {} words", Now() - begin, data->train.size(),
             data->valid.size(), data->test.size(), data->vocabulary.size());
  return 0;
}

struct rusage Usage(int who) {
  struct rusage usage {};
  ::getrusage(who, &usage);
  return usage;
}

double CpuSeconds(int who) {
  const struct rusage usage = Usage(who);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int PrepareApart(const Parameters& parameters, const std::filesystem::path& folder) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    const int code = PrepareOnce(parameters, folder);
    fmt::print("; here {:.3f} CPU s and {} MiB, to make the tokens {:.3f} CPU s and {} MiB\n",
               CpuSeconds(RUSAGE_SELF), Usage(RUSAGE_SELF).ru_maxrss >> 10,
               CpuSeconds(RUSAGE_CHILDREN), Usage(RUSAGE_CHILDREN).ru_maxrss >> 10);
    std::exit(code);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: data_bench DATA_FOLDER [name=value]...\n");
    return 2;
  }
  char cache[] = "/tmp/sweepformer-bench-XXXXXX";
  if (!::mkdtemp(cache) || ::setenv("XDG_CACHE_HOME", cache, 1) != 0) return 3;
  Parameters parameters;
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t end = text.find('=');
    if (end != std::string::npos)
      parameters[text.substr(0, end)] = ParseValue(text.substr(end + 1));
  }
  int code = 0;
  for (const char* what : {"empty cache", "from the cache", "from the cache"}) {
    fmt::print("{}\n", what);
    if (code == 0) code = PrepareApart(parameters, argv[1]);
  }
  std::filesystem::remove_all(cache);
  return code;
}
