#include "datasets/idx.h"

#include <fmt/format.h>

namespace sweepformer::datasets {
namespace {

constexpr std::size_t kMostDimensions = 4;

std::int64_t BigEndian32(std::string_view bytes) {
  std::int64_t number = 0;
  for (const char byte : bytes.substr(0, 4))
    number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

Status Bad(const std::string& file, const std::string& what) {
  return InvalidArgument(fmt::format("{}: {}", file, what));
}

}  // namespace

Result<Idx> ReadIdx(std::string_view bytes, const std::string& file) {
  const bool is_idx = bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 8;
  const std::size_t count = is_idx ? static_cast<unsigned char>(bytes[3]) : 0;
  if (count < 1 || count > kMostDimensions)
    return Bad(file,
               "not an IDX file of bytes, which begins with 0, 0, 8 and its 1 to 4 dimensions");
  const std::size_t header = 4 + 4 * count;
  if (bytes.size() < header) return Bad(file, "cut off within its dimensions; get the file again");
  Idx idx;
  idx.values = bytes.substr(header);
  const auto held = static_cast<std::int64_t>(idx.values.size());
  std::int64_t expected = 1;
  for (std::size_t at = 4; at < header; at += 4) {
    idx.dimensions.push_back(BigEndian32(bytes.substr(at, 4)));
    if (idx.dimensions.back() > 0 && expected > held / idx.dimensions.back())
      expected = held + 1;
    else
      expected *= idx.dimensions.back();
  }
  if (expected == held) return idx;
  return Bad(file, fmt::format("holds {} values, {} than its dimensions say; get the file again",
                               held, expected > held ? "fewer" : "more"));
}

}  // namespace sweepformer::datasets
