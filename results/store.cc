#include "results/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/core/file.h"
#include "orchestrator/sql/snapshot.h"
#include "results/catalog.h"
#include "results/change.h"
#include "results/schema.h"

namespace sweepformer {
namespace {

/// The schema is looked at first: another program's database must not even change its journal mode.
Status PrepareForWriting(Connection& connection, const std::filesystem::path& file) {
  SF_TRY(connection.Execute("PRAGMA foreign_keys = ON"));
  SF_TRY(connection.Execute("PRAGMA synchronous = NORMAL"));
  SF_TRY(MigrateSchema(connection).WithContext(file.string()));
  SF_TRY(connection.Execute("PRAGMA journal_mode = WAL"));
  // 16 MB rather than 4: each checkpoint waits for the disk.
  return connection.Execute("PRAGMA wal_autocheckpoint = 4000");
}

RunStanding StandingFrom(const Statement& row) {
  RunStanding standing;
  standing.state = ParseRunState(row.Text(0)).value_or(RunState::kPending);
  standing.attempts_used = static_cast<int>(row.Int(1));
  return standing;
}

/// Of the store or its log, which lies beside the store itself, not beside a link to it; in
/// milliseconds since 1970, 0 if neither is there.
std::int64_t LastWrittenMs(const std::filesystem::path& store) {
  std::int64_t last_ms = 0;
  for (const char* suffix : {"", "-wal"}) {
    const auto stamp = StampFile(FollowLinks(store).string() + suffix);
    if (stamp.ok()) last_ms = std::max(last_ms, stamp->mtime_ns / 1'000'000);
  }
  return last_ms;
}

}  // namespace

Result<std::int64_t> NextChange(Connection& connection) {
  SF_ASSIGN(Statement next, connection.PrepareKept("UPDATE sequence SET changed = changed + 1"));
  SF_TRY(next.Run());
  SF_ASSIGN(Statement read, connection.PrepareKept("SELECT changed FROM sequence"));
  SF_TRY(read.Step().status());
  return read.Int(0);
}

Result<ResultStore> ResultStore::Open(const std::filesystem::path& file) {
  const std::int64_t written_ms = LastWrittenMs(file);
  SF_ASSIGN(Connection connection, Connection::Open(file, OpenMode::kCreate));
  SF_TRY(PrepareForWriting(connection, file));
  return ResultStore(std::move(connection), written_ms);
}

Result<ResultStore> ResultStore::OpenReadOnly(const std::filesystem::path& file) {
  SF_ASSIGN(Connection connection, Connection::Open(file, OpenMode::kReadOnly));
  SF_TRY(CheckSchema(connection).WithContext(file.string()));
  return ResultStore(std::move(connection));
}

Result<ResultStore> ResultStore::Peek(const std::filesystem::path& file) {
  SF_ASSIGN(Connection connection, Connection::Open(file, OpenMode::kPeek));
  SF_TRY(CheckSchema(connection).WithContext(file.string()));
  return ResultStore(std::move(connection));
}

Result<std::map<std::string, RunStanding>> ResultStore::StandingOf(
    std::span<const std::string> ids) const {
  std::map<std::string, RunStanding> standings;
  SF_ASSIGN(const Snapshot snapshot, Snapshot::Take(connection_));  // and one lock, not one a run
  SF_ASSIGN(Statement find,
            connection_.Prepare("SELECT state, attempts_used FROM run WHERE id = ?"));
  for (const std::string& id : ids) {
    SF_ASSIGN(const bool known, find.BindAll(id).Step());
    if (known) standings.emplace(id, StandingFrom(find));
    find.Reset();
  }
  return standings;
}

Status ResultStore::Reopen(std::span<const std::string> runs) {
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection_));
  SF_ASSIGN(const std::int64_t change, NextChange(connection_));
  SF_ASSIGN(Statement reopen,
            connection_.Prepare("UPDATE run SET state = 'pending', attempts_used = 0, changed = ?2 "
                                "WHERE id = ?1 AND state = 'failed'"));
  for (const std::string& run : runs) SF_TRY(reopen.BindAll(run, change).Run());
  return transaction.Commit();
}

Status ResultStore::SetStates(std::span<const std::string> runs, RunState state) {
  if (runs.empty()) return {};
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection_));
  SF_ASSIGN(const std::int64_t change, NextChange(connection_));
  SF_ASSIGN(Statement update,
            connection_.Prepare("UPDATE run SET state = ?2, changed = ?3 WHERE id = ?1 AND state "
                                "NOT IN ('running', 'succeeded')"));
  for (const std::string& run : runs) {
    SF_TRY(update.BindAll(run, std::string(Word(state)), change).Run());
  }
  return transaction.Commit();
}

Status ResultStore::CheckStillThere() const {
  int moved = 0;
  const int code =
      sqlite3_file_control(connection_.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (code != SQLITE_OK || moved == 0) return {};
  return IoError(
      fmt::format("{}: the store was deleted or replaced while it was open; what was recorded in "
                  "it since is lost; run the same command again",
                  connection_.file()));
}

}  // namespace sweepformer
