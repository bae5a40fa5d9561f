#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "orchestrator/core/status.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// A key of a TOML table with its node.
struct TomlEntry {
  std::string name;
  Location where;  ///< of the key
  const toml::node* node;
};

Location LocationOf(const toml::source_region& region);
Location LocationOf(const toml::node& node);

/// The entries of `table` as written in the file (toml++ sorts them by name).
std::vector<TomlEntry> InFileOrder(const toml::table& table);

/// Typed access to TOML nodes, with errors that point at the node and say what was expected.
class TomlReader {
 public:
  /// `folder` is the file's, relative to that of the spec.
  explicit TomlReader(const SourceText& source, std::filesystem::path folder = {})
      : source_(source), folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }

  Status Error(const Location& where, std::string_view message) const {
    return source_.Error(where, message);
  }

  /// Refuses keys that are not among `allowed`; `context` is e.g. "[limits]".
  Status CheckKeys(const toml::table& table, const std::vector<std::string>& allowed,
                   std::string_view context) const;

  Result<const toml::table*> Table(const TomlEntry& entry) const;
  Result<const toml::array*> Array(const TomlEntry& entry) const;
  Result<std::vector<const toml::table*>> Tables(const TomlEntry& entry) const;
  /// No text, here and below, may hold a NUL: neither SQL nor a command line can carry one.
  Result<std::string> Text(const TomlEntry& entry) const;
  Result<std::int64_t> Integer(const TomlEntry& entry, std::int64_t minimum) const;
  /// Of things that are made or done one by one: at most a million.
  Result<int> Count(const TomlEntry& entry, int minimum) const;
  Result<double> Number(const TomlEntry& entry, double minimum) const;
  Result<bool> Boolean(const TomlEntry& entry) const;
  Result<std::vector<SpecValue>> Texts(const TomlEntry& entry) const;

  /// SQL text, located at its first character inside the quotes.
  Result<Expression> Sql(const TomlEntry& entry) const;

  /// A parameter value: text, number, boolean (1/0) or list (JSON text).
  Result<SpecValue> ParameterValue(const toml::node& node, std::string_view name) const;

 private:
  Status RefuseNul(const TomlEntry& entry) const;
  Result<std::string> ListText(const toml::array& list, std::string_view name) const;
  Status Expected(const TomlEntry& entry, std::string_view what) const;

  const SourceText& source_;
  std::filesystem::path folder_;
};

}  // namespace sweepformer
