#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer::cli {

/// The options and positionals of one command line, by name, as typed.
class Arguments {
 public:
  void Add(const std::string& name, std::string value) {
    values_[name].push_back(std::move(value));
  }

  bool Has(const std::string& name) const { return values_.contains(name); }
  std::optional<std::string> Text(const std::string& name) const;
  std::vector<std::string> All(const std::string& name) const;
  std::vector<std::string> List(const std::string& name) const;  ///< split at commas

  /// InvalidArgument naming the option if the value is not a whole number in [minimum, maximum].
  Result<std::optional<std::int64_t>> Integer(const std::string& name, std::int64_t minimum,
                                              std::int64_t maximum) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace sweepformer::cli
