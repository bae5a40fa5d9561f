#include "orchestrator/core/file.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "orchestrator/core/hash.h"

using namespace sweepformer;
namespace fs = std::filesystem;

TEST_CASE("a file is replaced whole and read back", "[core]") {
  char name[] = "/tmp/sweepformer-file-XXXXXX";
  const fs::path folder = ::mkdtemp(name);
  const fs::path path = folder / "deep" / "er" / "file";
  REQUIRE(WriteFileAtomic(path, "one").ok());
  REQUIRE(WriteFileAtomic(path, "two").ok());
  CHECK(ReadFile(path).value() == "two");
  CHECK(StampFile(path).value().size_bytes == 3);
  CHECK(std::distance(fs::directory_iterator(path.parent_path()), {}) == 1);
  fs::remove_all(folder);
}

TEST_CASE("a file that is written in pieces appears when it is finished, or not at all", "[core]") {
  char name[] = "/tmp/sweepformer-file-XXXXXX";
  const fs::path folder = ::mkdtemp(name);
  {
    NewFile file = NewFile::Begin(folder / "file").value();
    REQUIRE(file.Append("one ").ok());
    REQUIRE(file.Append("two").ok());
    CHECK_FALSE(fs::exists(folder / "file"));
    REQUIRE(file.Finish().ok());
    CHECK(ReadFile(folder / "file").value() == "one two");
  }
  { CHECK(NewFile::Begin(folder / "file").value().Append("three").ok()); }
  CHECK(ReadFile(folder / "file").value() == "one two");
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 1);
  fs::remove_all(folder);
}

TEST_CASE("a missing file is NotFound and named", "[core]") {
  const auto missing = ReadFile("/no/such/file");
  CHECK(missing.status().code() == Code::kNotFound);
  CHECK(missing.status().message() == "/no/such/file: cannot open: No such file or directory");
}

TEST_CASE("a hash over pieces is the hash over the whole", "[core]") {
  Hasher hasher;
  hasher.Add("sweep");
  hasher.Add("former");
  CHECK(hasher.Hex() == HashHex("sweepformer"));
}

TEST_CASE("what a path leads to is told, and nothing of one that cannot be followed", "[core]") {
  char name[] = "/tmp/sweepformer-file-XXXXXX";
  const fs::path folder = ::mkdtemp(name);
  REQUIRE(WriteFileAtomic(folder / "file", "").ok());
  fs::create_symlink("loop", folder / "loop");
  CHECK(IsFile(folder / "file"));
  CHECK_FALSE(IsFolder(folder / "file"));
  CHECK(IsFolder(folder));
  for (const char* path : {"loop", "loop/file", "gone"}) {
    CHECK_FALSE(IsFile(folder / path));
    CHECK_FALSE(IsFolder(folder / path));
  }
  fs::remove_all(folder);
}
