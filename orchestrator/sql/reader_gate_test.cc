#include "orchestrator/sql/reader_gate.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "orchestrator/core/testing.h"
#include "orchestrator/sql/connection.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

namespace {

/// Whether another process could lock the byte as a connection that closes does (write), or one
/// that opens (read).
bool OthersCanLock(const std::filesystem::path& file, short type) {
  const pid_t pid = fork();
  if (pid == 0) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000000;
    lock.l_len = 1;
    _exit(fcntl(open(file.c_str(), O_RDWR), F_SETLK, &lock) == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a gate turns away connections that close, not those that open", "[sql][readers]") {
  const TempFolder folder;
  const std::filesystem::path file = folder / "s.db";
  {
    ReaderGate gate;
    Connection connection = Connection::Open(file, OpenMode::kCreate).value();
    REQUIRE(connection.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(x)").ok());
    CHECK(OthersCanLock(file, F_WRLCK));
    {
      const ReaderGate::Hold hold(gate, file);
      CHECK_FALSE(OthersCanLock(file, F_WRLCK));
      CHECK(OthersCanLock(file, F_RDLCK));
      CHECK(connection.Execute("INSERT INTO t VALUES (1); PRAGMA wal_checkpoint").ok());
      const Connection reader = Connection::Open(file, OpenMode::kReadOnly).value();
      CHECK(std::get<std::int64_t>(reader.QueryValue("SELECT x FROM t").value()) == 1);
    }
    CHECK(OthersCanLock(file, F_WRLCK));
    CHECK(std::filesystem::exists(folder / "s.db-wal"));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "s.db-wal"));  // the last one cleared it away
}
