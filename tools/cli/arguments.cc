#include "tools/cli/arguments.h"

#include <fmt/format.h>

#include "orchestrator/core/value.h"

namespace sweepformer::cli {

std::optional<std::string> Arguments::Text(const std::string& name) const {
  const auto it = values_.find(name);
  if (it == values_.end()) return {};
  return it->second.back();
}

std::vector<std::string> Arguments::All(const std::string& name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>{} : it->second;
}

std::vector<std::string> Arguments::List(const std::string& name) const {
  std::vector<std::string> items;
  for (const std::string& text : All(name)) {
    std::size_t begin = 0;
    while (begin <= text.size()) {
      const std::size_t comma = std::min(text.find(',', begin), text.size());
      if (comma > begin) items.push_back(text.substr(begin, comma - begin));
      begin = comma + 1;
    }
  }
  return items;
}

Result<std::optional<std::int64_t>> Arguments::Integer(const std::string& name,
                                                       std::int64_t minimum,
                                                       std::int64_t maximum) const {
  const auto text = Text(name);
  if (!text) return std::optional<std::int64_t>();
  const Value value = ParseValue(*text);
  const auto* whole = std::get_if<std::int64_t>(&value);
  if (whole && *whole >= minimum && *whole <= maximum) return std::optional(*whole);
  return InvalidArgument(fmt::format("--{} must be a whole number from {} to {}, not '{}'", name,
                                     minimum, maximum, *text));
}

}  // namespace sweepformer::cli
