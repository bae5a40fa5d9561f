#include "orchestrator/spec/include.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "orchestrator/spec/parse_sections.h"
#include "orchestrator/spec/stored_text.h"
#include "orchestrator/spec/toml_problem.h"

namespace sweepformer {
namespace {

using Path = std::filesystem::path;

Result<toml::table> ParseToml(const SourceText& source, const std::string& name,
                              std::string_view text) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return source.Error(LocationOf(error.source()), TomlProblem(error.description()));
  }
}

/// Reads the files of one spec, each into the same SweepSpec.
class IncludeParser {
 public:
  IncludeParser(const ReadText& read, SweepSpec& spec) : read_(read), spec_(spec) {}

  Status ParseSpec(const std::string& name, std::string_view text) {
    return ParseFile(Path(name).filename(), name, text, FileRole::kSpec);
  }

  std::vector<IncludedFile> TakeIncluded() { return std::move(included_); }

 private:
  /// `path` is the file's, relative to the folder of the spec; `name` is what the user knows it by.
  Status ParseFile(const Path& path, const std::string& name, std::string_view text,
                   FileRole role) {
    SF_ASSIGN(const toml::table root, ParseToml(spec_.source, name, text));
    const TomlReader reader(spec_.source, path.parent_path());
    open_.push_back(path);
    if (const toml::node* node = root.get("include")) SF_TRY(IncludeAll(reader, *node));
    open_.pop_back();
    return ParseSections(reader, root, role, spec_);
  }

  Status IncludeAll(const TomlReader& reader, const toml::node& node) {
    if (!node.is_array())
      return reader.Error(LocationOf(node),
                          "'include' must be a list of files, e.g. include = "
                          "[\"shared/base.toml\"]");
    SF_ASSIGN(const auto files, reader.Texts({"include", LocationOf(node), &node}));
    for (const SpecValue& file : files) SF_TRY(Include(file));
    return {};
  }

  Status Include(const SpecValue& file) {
    const Path path = (open_.back().parent_path() / FormatValue(file.value)).lexically_normal();
    SF_TRY(RefuseCycle(path, file.where));
    if (!seen_.insert(path).second) return {};
    const Path full = (spec_.folder / path).lexically_normal();
    const auto text = read_(full);
    if (!text.ok())
      return spec_.source.Error(
          file.where, fmt::format("{}; the files under 'include' are looked for beside the file "
                                  "that names them",
                                  text.status().message()));
    spec_.source.Add(full.string(), *text);
    SF_TRY(ParseFile(path, full.string(), *text, FileRole::kIncluded));
    spec_.source.MoveLast(full.string());
    included_.emplace_back(path.string(), *text);
    return {};
  }

  Status RefuseCycle(const Path& path, const Location& where) const {
    const auto first = std::find(open_.begin(), open_.end(), path);
    if (first == open_.end()) return {};
    std::string chain;
    for (auto file = first; file != open_.end(); ++file)
      chain += fmt::format("'{}' includes ", file->string());
    return spec_.source.Error(where, fmt::format("these files include one another: {}'{}'; break "
                                                 "the circle",
                                                 chain, path.string()));
  }

  const ReadText& read_;
  SweepSpec& spec_;
  std::vector<Path> open_;  ///< the file being read, after those that wait for it
  std::set<Path> seen_;
  std::vector<IncludedFile> included_;
};

}  // namespace

Status ParseWithIncludes(const std::string& name, std::string_view text, const ReadText& read,
                         SweepSpec& spec) {
  spec.source = SourceText(name, text);
  spec.folder = Path(name).parent_path();
  IncludeParser parser(read, spec);
  SF_TRY(parser.ParseSpec(name, text));
  spec.text = StoredText({std::string(text), parser.TakeIncluded()});
  return {};
}

}  // namespace sweepformer
