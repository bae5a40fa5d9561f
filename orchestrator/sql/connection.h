#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer {

/// How a database file is opened.
enum class OpenMode {
  kReadOnly,  ///< must exist; nothing is written, not even by migrations; its folder may be
              ///< without write permission, or its disk full, as long as nobody writes to it
  kPeek,      ///< as kReadOnly, but without a trace: no file is made, not even a passing one. What
              ///< is being written meanwhile may be missed
  kCreate,    ///< read and write; made if absent
};

/// Statements of one connection that are not in use, by their text.
class KeptStatements {
 public:
  KeptStatements() = default;
  KeptStatements(const KeptStatements&) = delete;
  KeptStatements& operator=(const KeptStatements&) = delete;
  ~KeptStatements();

  sqlite3_stmt* Take(std::string_view sql);  ///< nullptr if there is none
  void Give(sqlite3_stmt* statement);

 private:
  std::multimap<std::string, sqlite3_stmt*, std::less<>> idle_;
};

/// A prepared statement. Bind, step until false, read columns while on a row. Must not outlive its
/// Connection. Not thread-safe.
class Statement {
 public:
  /// Binds parameter `index` (from 1). NaN becomes NULL, as SQLite has no NaN. What cannot be bound
  /// (it is too long) fails when the statement is stepped.
  Statement& Bind(int index, const Value& value);
  Statement& BindBlob(int index, std::span<const std::uint8_t> bytes);

  /// Binds values to parameters 1, 2, … in order.
  template <typename... Values>
  Statement& BindAll(const Values&... values) {
    int index = 0;
    (Bind(++index, Value(values)), ...);
    return *this;
  }

  /// True on a row, false when done; a failure carries SQLite's words.
  Result<bool> Step();

  /// Steps a statement that returns no rows and resets it for the next use.
  Status Run();

  /// Ready to be stepped again; bindings are kept.
  void Reset() {
    sqlite3_reset(handle_.get());
    bind_code_ = SQLITE_OK;
  }

  int column_count() const { return sqlite3_column_count(handle_.get()); }
  std::string column_name(int column) const;

  /// Column from 0 of the current row; NULL is absent.
  Value Column(int column) const;
  std::int64_t Int(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  double Real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  std::string Text(int column) const;  ///< "" for NULL
  std::vector<std::uint8_t> Blob(int column) const;
  bool IsNull(int column) const;

  /// Whether Column(column) is `value`, without a copy.
  bool Holds(int column, const Value& value) const;

  sqlite3_stmt* handle() const { return handle_.get(); }

 private:
  friend class Connection;
  std::string_view TextView(int column) const;
  Statement& Bound(int code);
  struct Finalizer {
    KeptStatements* kept = nullptr;  ///< where it goes back to
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* handle, KeptStatements* kept = nullptr)
      : handle_(handle, Finalizer{kept}) {}

  std::unique_ptr<sqlite3_stmt, Finalizer> handle_;
  int bind_code_ = SQLITE_OK;  ///< of the first that failed since the last reset
};

/// One connection to a SQLite database; double-quoted strings are off. Movable, not thread-safe.
class Connection {
 public:
  /// NotFound: read-only and absent. IoError: it is not an SQLite database, or cannot be opened or
  /// made.
  static Result<Connection> Open(const std::filesystem::path& file, OpenMode mode);
  static Result<Connection> InMemory();

  /// Runs every statement in `sql`.
  Status Execute(const std::string& sql);

  /// Prepares the first statement of `sql`; it may not be empty.
  Result<Statement> Prepare(std::string_view sql) const;

  /// As Prepare, for what is asked again and again: prepared once, and taken back when the
  /// Statement ends.
  Result<Statement> PrepareKept(std::string_view sql) const;

  /// Column `0` of the first row of `sql`; absent where there is no row.
  Result<Value> QueryValue(std::string_view sql) const;

  std::int64_t last_insert_rowid() const { return sqlite3_last_insert_rowid(handle_.get()); }
  int changes() const { return sqlite3_changes(handle_.get()); }
  sqlite3* handle() const { return handle_.get(); }

  /// The file, with its whole path; "" in memory.
  std::string file() const;

  /// SQLite's words for the last failure as a status, with `what` before them, and before that the
  /// file if it is the file that fails and not the SQL.
  Status Failure(std::string_view what) const;

 private:
  struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  static Result<Connection> OpenUri(const std::string& name, int flags);
  static Result<Connection> OpenUnwritable(const std::filesystem::path& file);

  std::unique_ptr<sqlite3, Closer> handle_;
  std::unique_ptr<KeptStatements> kept_ = std::make_unique<KeptStatements>();  // ends before it
};

/// BEGIN IMMEDIATE on construction; rolls back unless committed. Begun within another, it is part
/// of that one, which alone commits or rolls back. Must not outlive its connection.
class Transaction {
 public:
  static Result<Transaction> Begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, {})) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Status Commit();

 private:
  explicit Transaction(Connection* connection) : connection_(connection) {}

  Connection* connection_;  ///< none: committed, or part of another
};

/// `name` as an SQL identifier in double quotes.
std::string QuoteName(std::string_view name);

/// `text` as an SQL string literal in single quotes.
std::string QuoteText(std::string_view text);

/// The value as SQL has it; NaN is NULL.
std::string SqlLiteral(const Value& value);

}  // namespace sweepformer
