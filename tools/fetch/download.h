#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "orchestrator/core/status.h"

namespace sweepformer::fetch {

/// A file at its publisher's.
struct RemoteFile {
  std::string url;
  std::string sha256;      ///< 64 hex digits
  std::int64_t bytes = 0;  ///< a server that sends more is cut off
};

struct DownloadOptions {
  /// Told how many bytes are there, now and then.
  std::function<void(std::int64_t bytes)> progress = {};
  int attempts = 5;           ///< connections that may break before it gives up
  int first_pause_ms = 1000;  ///< before the second attempt; doubles each time
};

/// Downloads `file` to `path`, which appears when it is whole and its checksum right; missing
/// folders are made. Until then it grows as `path`.part, and what is there of that, from a broken
/// connection or an earlier call, is not fetched again. Redirects are followed, never from https to
/// http. InvalidArgument if its checksum is wrong (nothing is kept then), Unavailable if another
/// process downloads it, IoError for the network, what the server answers, and the disk. Loads
/// libcurl when first called: linked, its 30 libraries would cost every start of sweepformer 9 ms.
Status Download(const RemoteFile& file, const std::filesystem::path& path,
                const DownloadOptions& options = {});

/// InvalidArgument, with what to do, if `path` has another checksum than `file`; IoError if it
/// cannot be read.
Status CheckPublished(const RemoteFile& file, const std::filesystem::path& path);

}  // namespace sweepformer::fetch
