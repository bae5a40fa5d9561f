#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datasets/byte_stream.h"
#include "datasets/request.h"
#include "datasets/review.h"

namespace sweepformer::datasets {

/// A file, or a folder of files, that was found for a request.
struct SourceFile {
  std::string role;  ///< what it is within the set, wherever it lies; part of the fingerprint
  std::filesystem::path path;
  std::string domain;  ///< "" where the file's content has to tell
  Part part = Part::kNone;
  ReviewReader read = nullptr;  ///< absent: the set's
  std::string member;           ///< of the archive at `path`; "": `path` itself
  bool extract = false;         ///< of a layout that is not the whole set

  std::string Name() const;  ///< for messages
};

/// Gives the reviews of a file what the file says of them.
void Label(const SourceFile& file, std::vector<Review>& reviews);

/// The bytes of a file, decompressed.
Result<std::unique_ptr<ByteStream>> OpenSource(const SourceFile& file);

/// All of them at once.
Result<std::string> ReadSourceBytes(const SourceFile& file);

/// The files of a request in the set's order; none for a generated set. Those of a known set are
/// found by their publisher's names, up to three levels below the data folder, an archive's content
/// by the archive's. NotFound, with the names looked for and what to type, if they are not there;
/// InvalidArgument if a name is there twice, a part of the set is missing, or data_path names no
/// file.
Result<std::vector<SourceFile>> FindFiles(const DatasetRequest& request);

}  // namespace sweepformer::datasets
