#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sweepformer {

/// An included file: its name relative to the folder of the spec, and its text.
using IncludedFile = std::pair<std::string, std::string>;

/// A spec with what it includes.
struct SpecFiles {
  std::string text;
  std::vector<IncludedFile> included;
};

/// All of `files` as one text for the store: the spec as written, then each included file under a
/// line "# ---- included: NAME". Stored; append only.
std::string StoredText(const SpecFiles& files);

/// The files that such a text was made from.
SpecFiles SplitStoredText(std::string_view text);

/// A line at the end of a stored spec that names files beside it: the folder it was read from.
std::string FolderLine(const std::filesystem::path& folder);

/// What the last such line of `text` says; empty where there is none.
std::filesystem::path StoredFolder(std::string_view text);

}  // namespace sweepformer
