#include "tools/fetch/download.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "orchestrator/core/file.h"
#include "orchestrator/core/sha256.h"
#include "orchestrator/core/unique_fd.h"

#undef curl_easy_setopt  // macros that check types at the call
#undef curl_easy_getinfo

namespace sweepformer::fetch {
namespace {

namespace fs = std::filesystem;

/// What is used of libcurl.
struct Curl {
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_easy_setopt) setopt = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) getinfo = nullptr;
  decltype(&curl_easy_strerror) strerror = nullptr;
};

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<Curl> LoadCurl() {
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  Curl curl;
  const bool found = library && Find(library, "curl_easy_init", curl.init) &&
                     Find(library, "curl_easy_cleanup", curl.cleanup) &&
                     Find(library, "curl_easy_setopt", curl.setopt) &&
                     Find(library, "curl_easy_perform", curl.perform) &&
                     Find(library, "curl_easy_getinfo", curl.getinfo) &&
                     Find(library, "curl_easy_strerror", curl.strerror);
  if (found) return curl;
  return IoError("libcurl.so.4 cannot be loaded; install Debian's libcurl4, or download by hand");
}

/// Where the file grows.
struct Part {
  UniqueFd fd;
  std::int64_t bytes = 0;
  std::int64_t most_bytes = 0;
  const DownloadOptions* options = nullptr;
  int write_error = 0;
};

std::size_t OnBytes(char* bytes, std::size_t size, std::size_t count, void* target) {
  Part& part = *static_cast<Part*>(target);
  std::string_view rest(bytes, size * count);
  if (static_cast<std::int64_t>(rest.size()) > part.most_bytes - part.bytes) return 0;
  while (!rest.empty()) {
    const ssize_t n = ::write(part.fd.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) part.write_error = errno;
    if (n < 0) return 0;
    rest.remove_prefix(static_cast<std::size_t>(n));
    part.bytes += n;
  }
  if (part.options->progress) part.options->progress(part.bytes);
  return size * count;
}

Result<Part> OpenPart(const fs::path& path) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  const std::string name = path.string() + ".part";
  Part part;
  part.fd = UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!part.fd.valid())
    return IoError(fmt::format("{}: cannot be written: {}", name, std::strerror(errno)));
  if (::flock(part.fd.get(), LOCK_EX | LOCK_NB) != 0)
    return Unavailable(fmt::format("{}: another process is downloading it", path.string()));
  part.bytes = ::lseek(part.fd.get(), 0, SEEK_END);
  return part;
}

Status StartOver(Part& part) {
  part.bytes = 0;
  if (::ftruncate(part.fd.get(), 0) == 0 && ::lseek(part.fd.get(), 0, SEEK_SET) == 0) return {};
  return IoError(fmt::format("cannot be written: {}", std::strerror(errno)));
}

/// How a transfer ended.
struct Ending {
  CURLcode code = CURLE_OK;
  long http = 0;
};

Ending Transfer(const Curl& curl, const RemoteFile& file, Part& part) {
  const std::unique_ptr<CURL, decltype(curl.cleanup)> handle(curl.init(), curl.cleanup);
  if (!handle) return {CURLE_FAILED_INIT, 0};
  CURL* easy = handle.get();
  const bool secure = file.url.starts_with("https:");
  curl.setopt(easy, CURLOPT_URL, file.url.c_str());
  curl.setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl.setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl.setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl.setopt(easy, CURLOPT_MAXREDIRS, 5L);
  curl.setopt(easy, CURLOPT_FAILONERROR, 1L);
  curl.setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl.setopt(easy, CURLOPT_CONNECTTIMEOUT, 30L);
  curl.setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl.setopt(easy, CURLOPT_LOW_SPEED_TIME, 60L);
  curl.setopt(easy, CURLOPT_USERAGENT, "sweepformer");
  curl.setopt(easy, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(part.bytes));
  curl.setopt(easy, CURLOPT_WRITEFUNCTION, &OnBytes);
  curl.setopt(easy, CURLOPT_WRITEDATA, static_cast<void*>(&part));
  Ending ending;
  ending.code = curl.perform(easy);
  curl.getinfo(easy, CURLINFO_RESPONSE_CODE, &ending.http);
  return ending;
}

/// Whether another attempt may end otherwise.
bool IsPassing(const Ending& ending) {
  switch (ending.code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST: return true;
    case CURLE_HTTP_RETURNED_ERROR: return ending.http >= 500 || ending.http == 429;
    default: return false;
  }
}

/// What is there is not the beginning of the file, or the server cannot go on there.
bool MustStartOver(const Ending& ending) {
  return ending.code == CURLE_RANGE_ERROR ||
         (ending.code == CURLE_HTTP_RETURNED_ERROR && ending.http == 416);
}

Status Failure(const Curl& curl, const RemoteFile& file, const Part& part, const Ending& ending) {
  if (part.write_error != 0)
    return IoError(fmt::format("cannot be written: {}", std::strerror(part.write_error)));
  if (ending.code == CURLE_WRITE_ERROR)
    return InvalidArgument(fmt::format(
        "{}: sends more than the {} bytes the file has; it is another file", file.url, file.bytes));
  if (ending.code != CURLE_HTTP_RETURNED_ERROR)
    return IoError(fmt::format("{}: {}; {} of {} bytes are there, and the same command goes on",
                               file.url, curl.strerror(ending.code), part.bytes, file.bytes));
  return IoError(fmt::format("{}: the server answers {}; download it by hand if it has moved",
                             file.url, ending.http));
}

/// Until all is there, however often the connection breaks.
Status Fill(const Curl& curl, const RemoteFile& file, const DownloadOptions& options, Part& part) {
  int pause_ms = options.first_pause_ms;
  for (int attempt = 1; part.bytes < file.bytes; ++attempt) {
    const Ending ending = Transfer(curl, file, part);
    if (ending.code == CURLE_OK) return {};
    if (part.bytes > 0 && MustStartOver(ending) && attempt < options.attempts) {
      SF_TRY(StartOver(part));
      continue;
    }
    if (!IsPassing(ending) || attempt >= options.attempts) return Failure(curl, file, part, ending);
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    pause_ms *= 2;
  }
  return {};
}

Result<std::string> HashOf(int fd) {
  Sha256 hash;
  std::string buffer(std::size_t{1} << 18, '\0');
  for (off_t at = 0;;) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return IoError(fmt::format("cannot be read: {}", std::strerror(errno)));
    if (n == 0) return hash.Hex();
    hash.Add({buffer.data(), static_cast<std::size_t>(n)});
    at += n;
  }
}

}  // namespace

Status CheckPublished(const RemoteFile& file, const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid())
    return IoError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  const auto hash = HashOf(fd.get());
  SF_TRY(hash.status().WithContext(path.string()));
  if (*hash == file.sha256) return {};
  return InvalidArgument(fmt::format(
      "{}: is not the published file (it has SHA-256 {} where {} is published); move it away and "
      "fetch again",
      path.string(), *hash, file.sha256));
}

Status Download(const RemoteFile& file, const fs::path& path, const DownloadOptions& options) {
  SF_ASSIGN(const Curl curl, LoadCurl());
  SF_ASSIGN(Part part, OpenPart(path));
  part.most_bytes = file.bytes;
  part.options = &options;
  if (part.bytes > file.bytes) SF_TRY(StartOver(part));
  SF_TRY(Fill(curl, file, options, part).WithContext(path.string()));
  SF_ASSIGN(const std::string hash, HashOf(part.fd.get()));
  const fs::path grown = path.string() + ".part";
  if (hash != file.sha256) {
    ::unlink(grown.c_str());
    return InvalidArgument(
        fmt::format("{}: has SHA-256 {} where {} is published; nothing was kept. Was it changed on "
                    "the way, or has the publisher changed it?",
                    file.url, hash, file.sha256));
  }
  if (::fsync(part.fd.get()) != 0 || ::rename(grown.c_str(), path.c_str()) != 0)
    return IoError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
  return {};
}

}  // namespace sweepformer::fetch
