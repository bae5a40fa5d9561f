// How fast a large CSV file in Zhang's form streams and how much memory that takes: 400 MB of
// generated reviews (quoted fields of 4 and 75 words in the mean, "" and \n in some), written once
// and read warm, each reader in a process of its own, the median of five. The rivals are the least
// that any reader does, going through the same bytes for their quotes, and Python's csv module,
// which is written in C.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "datasets/amazon_polarity.h"
#include "datasets/csv.h"
#include "datasets/random.h"
#include "tools/bench/rows.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;
using namespace datasets;

constexpr std::int64_t kFileBytes = 400'000'000;
constexpr int kRounds = 5;

void AppendWords(Random& random, std::uint64_t mean, std::string& text) {
  const std::uint64_t words = 1 + random.Below(2 * mean);
  for (std::uint64_t i = 0; i < words; ++i) {
    if (i > 0) text += random.Percent(1) ? "\\n" : random.Percent(1) ? " \"\"" : " ";
    for (std::uint64_t letter = 2 + random.Below(6); letter > 0; --letter)
      text += static_cast<char>('a' + random.Below(26));
  }
}

void WriteFile(const fs::path& path) {
  std::ofstream file(path, std::ios::binary);
  Random random(1);
  std::string row;
  for (std::int64_t written = 0; written < kFileBytes;
       written += static_cast<std::int64_t>(row.size())) {
    row = random.Percent(50) ? "\"1\",\"" : "\"2\",\"";
    AppendWords(random, 4, row);
    row += "\",\"";
    AppendWords(random, 75, row);
    row += "\"\n";
    file << row;
  }
}

bool ReadReviews(const fs::path& path) {
  const std::string name = path.string();
  const auto stream = OpenFile(path);
  std::int64_t reviews = 0;
  return stream.ok() &&
         VisitAmazonPolarity(**stream, name, [&](const Review&) { ++reviews; }).ok() && reviews > 0;
}

bool ReadCsv(const fs::path& path) {
  const std::string name = path.string();
  const auto stream = OpenFile(path);
  if (!stream.ok()) return false;
  CsvReader csv(**stream, name);
  std::int64_t rows = 0;
  for (CsvRow row;; ++rows) {
    const auto more = csv.Next(row);
    if (!more.ok()) return false;
    if (!*more) return rows > 0;
  }
}

bool CountQuotes(const fs::path& path) {
  const auto stream = OpenFile(path);
  if (!stream.ok()) return false;
  std::vector<char> block(std::size_t{1} << 18);
  std::int64_t quotes = 0;
  for (;;) {
    const auto read = (*stream)->Read(block.data(), block.size());
    if (!read.ok()) return false;
    if (*read == 0) return quotes > 0;
    quotes += std::count(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(*read), '"');
  }
}

bool ReadWithPython(const fs::path& path) {
  const std::string name = path.string();
  execlp("python3", "python3", "-c",
         "import csv, sys\nfor row in csv.reader(open(sys.argv[1], newline='')): pass",
         name.c_str(), nullptr);
  return false;
}

struct Cost {
  double seconds = 0;
  double peak_mb = 0;
  bool ok = false;
};

Cost CostOf(const std::function<bool()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const pid_t pid = fork();
  if (pid == 0) _exit(work() ? 0 : 1);
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  return {taken.count(), static_cast<double>(usage.ru_maxrss) / 1024, status == 0};
}

/// Prints the speed and returns it, in MB/s.
double Report(const char* what, const std::function<bool()>& work) {
  std::vector<Cost> costs;
  for (int round = 0; round < kRounds; ++round) costs.push_back(CostOf(work));
  std::sort(costs.begin(), costs.end(),
            [](const Cost& a, const Cost& b) { return a.seconds < b.seconds; });
  const Cost& median = costs[kRounds / 2];
  if (!median.ok) {
    fmt::print("{:<34} failed\n", what);
    return 0;
  }
  const double speed = static_cast<double>(kFileBytes) / 1e6 / median.seconds;
  fmt::print("{:<34} {:>7.0f} MB/s {:>9.1f} MB\n", what, speed, median.peak_mb);
  return speed;
}

void Run() {
  const fs::path path =
      fs::temp_directory_path() / fmt::format("sweepformer-read-{}.csv", getpid());
  WriteFile(path);
  fmt::print("{:<34} {:>12} {:>12}\n", "400 MB of Zhang's CSV", "speed", "peak memory");
  Report("reviews", [&] { return ReadReviews(path); });
  const double records = Report("records", [&] { return ReadCsv(path); });
  Report("(counting quotes)", [&] { return CountQuotes(path); });
  const double python = Report("(Python's csv)", [&] { return ReadWithPython(path); });
  bench::AppendRow("read_bench",
                   {"reading CSV records", "MB/s", records, python, "Python's csv", ""});
  fs::remove(path);
}

}  // namespace
}  // namespace sweepformer

int main() { sweepformer::Run(); }
