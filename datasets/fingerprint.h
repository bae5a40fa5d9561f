#pragma once

#include <string>

#include "datasets/request.h"

namespace sweepformer::datasets {

/// What the reviews of a request are made from, as 32 hex digits (XXH3-128). Into it go the set's
/// name and
///   - for a generated set, the generator's version and all that decides its rows,
///   - for a set of many small files, their names and contents, be it a folder or an archive,
///   - for any other, role, part of the publisher's split and content of every file, in the set's
///     order; a file of an archive is as the file itself,
///   - for a second test set its fingerprint,
/// and whatever else the request says of which reviews are read and what their classes are.
/// Paths, times and the folder they lie in do not. Stored in run ids; never change.
///
/// The content hashes of files are kept in CacheFolder()/fingerprints, keyed by absolute path, size
/// and modification time: the first call reads all files, later ones only look at size and time.
/// A cache that cannot be written is done without. Errors as FindFiles; IoError where a file cannot
/// be read.
Result<std::string> Fingerprint(const DatasetRequest& request);

}  // namespace sweepformer::datasets
