#include "tools/fetch/download.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>

#include "datasets/catalog.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/sha256.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/core/unique_fd.h"
#include "tools/fetch/downloads.h"

using namespace sweepformer;
using namespace sweepformer::fetch;
using sweepformer::testing::TempFolder;

namespace {

std::string HashOf(std::string_view text) {
  Sha256 hash;
  hash.Add(text);
  return hash.Hex();
}

/// A web server on the loopback address that has one file and faults that are asked for.
class Server {
 public:
  explicit Server(std::string content) : content_(std::move(content)) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 8) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Server() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string Url(const std::string& path = "/file") const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  RemoteFile File(const std::string& path = "/file") const {
    return {Url(path), HashOf(content_), static_cast<std::int64_t>(content_.size())};
  }

  std::atomic<int> cuts{0};  ///< so many answers break off after cut_after bytes
  std::atomic<std::size_t> cut_after{1000};
  std::atomic<bool> ranges{true};

  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    for (;;) {
      const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t n = ::read(client.get(), buffer, sizeof buffer);
        if (n <= 0) break;
        request.append(buffer, static_cast<std::size_t>(n));
      }
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      Answer(client.get(), request);
    }
  }

  void Answer(int client, const std::string& request) {
    if (request.starts_with("GET /moved "))
      return Send(client, fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n"
                                      "Connection: close\r\n\r\n",
                                      Url()));
    if (!request.starts_with("GET /file "))
      return Send(client,
                  "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone");
    const std::size_t range = request.find("Range: bytes=");
    const std::size_t begin =
        ranges && range != std::string::npos
            ? std::strtoull(request.c_str() + range + std::strlen("Range: bytes="), nullptr, 10)
            : 0;
    if (begin >= content_.size() && begin > 0)
      return Send(client,
                  "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n"
                  "Connection: close\r\n\r\n");
    std::string body = content_.substr(begin);
    const std::string head =
        begin > 0 ? fmt::format("206 Partial Content\r\nContent-Range: bytes {}-{}/{}", begin,
                                content_.size() - 1, content_.size())
                  : "200 OK";
    const std::size_t length = body.size();
    if (cuts > 0) {
      --cuts;
      body.resize(std::min<std::size_t>(body.size(), cut_after));
    }
    Send(client, fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", head,
                             length) +
                     body);
  }

  static void Send(int client, std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  std::string content_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

std::string SomeContent() {
  std::string content;
  for (int i = 0; i < 2000; ++i) content += fmt::format("line {}\n", i * 7919);
  return content;
}

DownloadOptions Quick() {
  DownloadOptions options;
  options.first_pause_ms = 1;
  return options;
}

}  // namespace

TEST_CASE("SHA-256 is that of the standard", "[fetch]") {
  CHECK(HashOf("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(HashOf("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.Add(std::string(1000, 'a'));
  CHECK(hash.Hex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a file is downloaded into its place", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  std::int64_t told = 0;
  DownloadOptions options = Quick();
  options.progress = [&](std::int64_t bytes) { told = bytes; };
  const Status status = Download(server.File(), folder / "new/file", options);
  INFO(status.message());
  REQUIRE(status.ok());
  CHECK(ReadFile(folder / "new/file").value() == SomeContent());
  CHECK_FALSE(std::filesystem::exists(folder / "new/file.part"));
  CHECK(told == static_cast<std::int64_t>(SomeContent().size()));
}

TEST_CASE("a redirect is followed", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  CHECK(Download(server.File("/moved"), folder / "file", Quick()).ok());
  CHECK(ReadFile(folder / "file").value() == SomeContent());
}

TEST_CASE("a connection that breaks is gone on with where it broke", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  server.cuts = 3;
  REQUIRE(Download(server.File(), folder / "file", Quick()).ok());
  CHECK(ReadFile(folder / "file").value() == SomeContent());
  const auto requests = server.requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests[0].find("Range:") == std::string::npos);
  CHECK(requests[1].find("Range: bytes=1000-") != std::string::npos);
  CHECK(requests[3].find("Range: bytes=3000-") != std::string::npos);
}

TEST_CASE("a connection that breaks too often leaves a beginning that the next call goes on with",
          "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  server.cuts = 5;
  const Status status = Download(server.File(), folder / "file", Quick());
  CHECK(status.code() == Code::kIo);
  CHECK(status.message().find("5000 of") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "file"));
  CHECK(ReadFile(folder / "file.part").value() == SomeContent().substr(0, 5000));
  REQUIRE(Download(server.File(), folder / "file", Quick()).ok());
  CHECK(server.requests().back().find("Range: bytes=5000-") != std::string::npos);
  CHECK(ReadFile(folder / "file").value() == SomeContent());
}

TEST_CASE("a server that cannot go on in the middle starts over", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  server.ranges = false;
  REQUIRE(WriteFileAtomic(folder / "file.part", SomeContent().substr(0, 100)).ok());
  const Status status = Download(server.File(), folder / "file", Quick());
  INFO(status.message());
  REQUIRE(status.ok());
  CHECK(ReadFile(folder / "file").value() == SomeContent());
}

TEST_CASE("a wrong checksum keeps nothing", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  RemoteFile file = server.File();
  file.sha256 = std::string(64, '0');
  const Status status = Download(file, folder / "file", Quick());
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message().find("nothing was kept") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder / "."));
}

TEST_CASE("a beginning that is another file's is found out and the next call starts over",
          "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  REQUIRE(WriteFileAtomic(folder / "file.part", std::string(500, 'x')).ok());
  CHECK(Download(server.File(), folder / "file", Quick()).code() == Code::kInvalidArgument);
  CHECK(Download(server.File(), folder / "file", Quick()).ok());
}

TEST_CASE("a file that is whole but for its name is not fetched again", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  REQUIRE(WriteFileAtomic(folder / "file.part", SomeContent()).ok());
  CHECK(Download(server.File(), folder / "file", Quick()).ok());
  CHECK(server.requests().empty());
}

TEST_CASE("a server that sends more than the file has is cut off", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  RemoteFile file = server.File();
  file.bytes = 100;
  const Status status = Download(file, folder / "file", Quick());
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message().find("more than the 100 bytes") != std::string::npos);
}

TEST_CASE("a file that the server has not, and a server that is not there, are told apart",
          "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  const Status missing = Download(server.File("/gone"), folder / "file", Quick());
  CHECK(missing.code() == Code::kIo);
  CHECK(missing.message().find("answers 404") != std::string::npos);
  CHECK(server.requests().size() == 1);  // asking again would not help
  RemoteFile nowhere = server.File();
  nowhere.url = "http://127.0.0.1:1/file";
  CHECK(Download(nowhere, folder / "file", Quick()).code() == Code::kIo);
}

TEST_CASE("two processes do not download the same file at once", "[fetch]") {
  const TempFolder folder;
  Server server(SomeContent());
  REQUIRE(WriteFileAtomic(folder / "file.part", "").ok());
  const std::string part = (folder / "file.part").string();
  const UniqueFd other(::open(part.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::flock(other.get(), LOCK_EX | LOCK_NB) == 0);
  CHECK(Download(server.File(), folder / "file", Quick()).code() == Code::kUnavailable);
}

TEST_CASE("a file that is there is compared with what was published", "[fetch]") {
  const TempFolder folder;
  RemoteFile file;
  file.sha256 = HashOf("one");
  REQUIRE(WriteFileAtomic(folder / "file", "one").ok());
  CHECK(CheckPublished(file, folder / "file").ok());
  REQUIRE(WriteFileAtomic(folder / "file", "on").ok());
  const Status status = CheckPublished(file, folder / "file");
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message() == fmt::format("{}: is not the published file (it has SHA-256 {} where {} "
                                        "is published); move it away and fetch again",
                                        (folder / "file").string(), HashOf("on"), HashOf("one")));
  CHECK(CheckPublished(file, folder / "gone").code() == Code::kIo);
}

TEST_CASE("every set of files has an origin, and what is fetched has a whole checksum", "[fetch]") {
  for (const datasets::KnownSet& set : datasets::KnownSets()) {
    INFO(set.name);
    const Origin* origin = OriginOf(set.name);
    if (set.layouts.empty()) continue;
    REQUIRE(origin != nullptr);
    CHECK_FALSE(origin->licence.empty());
    CHECK_FALSE(origin->citation.empty());
    CHECK(origin->files.empty() != origin->by_hand.empty());
    for (const Origin::File& file : origin->files) {
      CHECK(file.remote.sha256.size() == 64);
      CHECK(file.remote.sha256.find_first_not_of("0123456789abcdef") == std::string::npos);
      CHECK(file.remote.url.starts_with("https://"));
      CHECK(file.remote.bytes > 0);
    }
  }
}
