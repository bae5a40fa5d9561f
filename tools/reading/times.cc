#include "tools/reading/times.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace sweepformer {

std::string FormatTime(std::int64_t utc_ms) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(static_cast<std::time_t>(utc_ms / 1000)));
}

std::string FormatDuration(std::int64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  const std::int64_t s = ms / 1000;
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86400, s / 3600 % 24);
}

std::string Counted(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace sweepformer
