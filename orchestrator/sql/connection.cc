#include "orchestrator/sql/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "orchestrator/core/file.h"

namespace sweepformer {
namespace {

/// How long a statement waits for another connection: recovery and check-points take milliseconds.
constexpr int kBusyTimeoutMs = 5000;

std::string Doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  out += quote;
  return out;
}

/// The last failure's kind, without its details.
int PrimaryCode(sqlite3* handle) { return sqlite3_extended_errcode(handle) & 0xff; }

std::string FileOf(sqlite3* handle) {
  const char* file = sqlite3_db_filename(handle, "main");
  return file ? file : "";
}

constexpr std::string_view kDamaged =
    "the store is damaged: cut off, or changed by something other than SQLite; take a copy of "
    "before, or save what `sqlite3 STORE .recover` can read, and name it with --store";

/// What to do about a failure of the file, to be put behind SQLite's words.
std::string_view Remedy(int code) {
  switch (code) {
    case SQLITE_FULL:
      return "; make room and run the same command again: what was recorded is kept";
    case SQLITE_IOERR:
      return "; see that its disk is there and has room, and run the same command again";
    case SQLITE_READONLY:
      return "; make the file and its folder writable (chmod u+w), or name another store with "
             "--store";
    case SQLITE_BUSY:
      return "; another program keeps a transaction open on it (an sqlite3 shell, a browser of "
             "databases): end that and run the same command again";
    default: return "";
  }
}

/// SQLite's words for the last failure; where disk, permissions or another process are to blame,
/// not the SQL, with the file before them.
Status LastFailure(sqlite3* handle, std::string_view what) {
  constexpr std::array kOfTheFile = {SQLITE_FULL,     SQLITE_IOERR, SQLITE_READONLY, SQLITE_CORRUPT,
                                     SQLITE_CANTOPEN, SQLITE_BUSY,  SQLITE_NOTADB};
  std::string text(what);
  text += (text.empty() ? "" : ": ") + std::string(sqlite3_errmsg(handle));
  const bool of_the_file =
      std::find(kOfTheFile.begin(), kOfTheFile.end(), PrimaryCode(handle)) != kOfTheFile.end();
  const std::string file = of_the_file ? FileOf(handle) : "";
  if (file.empty()) return IoError(std::move(text));
  const int code = PrimaryCode(handle);
  if (code == SQLITE_CORRUPT) return IoError(fmt::format("{}: {}", file, kDamaged));
  return IoError(fmt::format("{}: {}{}", file, text, Remedy(code)));
}

/// `file` as a URI that promises SQLite nobody writes to it, so that it needs no log beside it.
std::string ImmutableUri(const std::filesystem::path& file) {
  std::string uri = "file://";
  for (const char c : std::filesystem::absolute(FollowLinks(file)).lexically_normal().string()) {
    const bool special = c == '?' || c == '#' || c == '%';
    uri += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return uri + "?immutable=1";
}

/// SQLite keeps it beside the file itself, not beside a link to it.
std::filesystem::path LogOf(const std::filesystem::path& file) {
  return FollowLinks(file).string() + "-wal";
}

/// Whether something of the database is in the log beside it.
bool HasLog(const std::filesystem::path& file) {
  std::error_code absent;
  return std::filesystem::file_size(LogOf(file), absent) > 0 && !absent;
}

/// Why a database that is there cannot be opened or read.
Status OpenFailure(sqlite3* handle, const std::filesystem::path& file) {
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) {
    return IoError(fmt::format(
        "{0}: a folder, not a store; name a file in it with --store {0}/x.db", file.string()));
  }
  if (handle && PrimaryCode(handle) == SQLITE_CORRUPT) {
    return IoError(fmt::format("{}: {}", file.string(), kDamaged));
  }
  if (handle && PrimaryCode(handle) == SQLITE_NOTADB) {
    return IoError(
        fmt::format("{}: not an SQLite database; name the store with --store "
                    "FILE.db (a new file is made if there is none)",
                    file.string()));
  }
  const std::string words = handle ? sqlite3_errmsg(handle) : "out of memory";
  std::string_view remedy = handle ? Remedy(PrimaryCode(handle)) : "";
  if (remedy.empty()) {
    remedy = "; check the folder and its permissions, or name another file with --store";
  }
  return IoError(
      fmt::format("{}: cannot be opened as a store: {}{}", file.string(), words, remedy));
}

/// Whether SQLite may not, or on a full disk cannot, make the files beside a database in WAL mode
/// that readers share.
bool LacksSharedFiles(int code, const std::filesystem::path& file) {
  if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN) return true;
  return (code == SQLITE_IOERR || code == SQLITE_FULL) && !HasLog(file);
}

/// What SQLite takes for a file, whatever it is called: by itself ":memory:" and "file:x" are none.
std::string NameOfFile(const std::filesystem::path& file) {
  const std::string name = file.string();
  return name.starts_with(':') || name.starts_with("file:") ? "./" + name : name;
}

/// SQLite need not count its memory, under a lock with every piece: nobody asks.
void CountNoMemory() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(done);
}

}  // namespace

Statement& Statement::Bind(int index, const Value& value) {
  sqlite3_stmt* statement = handle_.get();
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return Bound(sqlite3_bind_int64(statement, index, *whole));
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return Bound(sqlite3_bind_double(statement, index, *real));
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return Bound(sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT,
                                     SQLITE_UTF8));
  }
  return Bound(sqlite3_bind_null(statement, index));
}

Statement& Statement::BindBlob(int index, std::span<const std::uint8_t> bytes) {
  // Without an address it would be NULL.
  const void* start = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
  return Bound(sqlite3_bind_blob64(handle_.get(), index, start, bytes.size(), SQLITE_TRANSIENT));
}

Statement& Statement::Bound(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Result<bool> Statement::Step() {
  if (bind_code_ != SQLITE_OK) {
    return IoError(fmt::format("a value cannot be used in SQL: {}", sqlite3_errstr(bind_code_)));
  }
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return LastFailure(sqlite3_db_handle(handle_.get()), "");
}

Status Statement::Run() {
  const Result<bool> row = Step();
  Reset();
  return row.status();
}

std::string Statement::column_name(int column) const {
  return sqlite3_column_name(handle_.get(), column);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

Value Statement::Column(int column) const {
  switch (sqlite3_column_type(handle_.get(), column)) {
    case SQLITE_INTEGER: return Int(column);
    case SQLITE_FLOAT: return Real(column);
    case SQLITE_NULL: return std::monostate{};
    default: return Text(column);
  }
}

bool Statement::Holds(int column, const Value& value) const {
  switch (sqlite3_column_type(handle_.get(), column)) {
    case SQLITE_INTEGER: {
      const auto* whole = std::get_if<std::int64_t>(&value);
      return whole && *whole == Int(column);
    }
    case SQLITE_FLOAT: {
      const auto* real = std::get_if<double>(&value);
      return real && *real == Real(column);
    }
    case SQLITE_NULL: return sweepformer::IsNull(value);
    default: {
      const auto* text = std::get_if<std::string>(&value);
      return text && *text == TextView(column);
    }
  }
}

std::string_view Statement::TextView(int column) const {
  const auto* text = sqlite3_column_text(handle_.get(), column);
  if (!text) return "";
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return {reinterpret_cast<const char*>(text), size};
}

std::string Statement::Text(int column) const { return std::string(TextView(column)); }

std::vector<std::uint8_t> Statement::Blob(int column) const {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_.get(), column));
  return {bytes, bytes + sqlite3_column_bytes(handle_.get(), column)};
}

Result<Connection> Connection::OpenUri(const std::string& name, int flags) {
  CountNoMemory();
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection(handle);
  if (code != SQLITE_OK) return OpenFailure(handle, name);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  return connection;
}

Result<Connection> Connection::Open(const std::filesystem::path& file, OpenMode mode) {
  const bool read_only = mode != OpenMode::kCreate;
  std::error_code unknown;
  if (read_only && !std::filesystem::exists(file, unknown) && !unknown) {
    return NotFound(
        fmt::format("no store at {}; `sweepformer run SPEC` makes one, --store FILE "
                    "names another",
                    file.string()));
  }
  if (mode == OpenMode::kPeek && !HasLog(file)) return OpenUnwritable(file);
  const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  SF_ASSIGN(Connection connection, OpenUri(NameOfFile(file), flags));
  const Result<Value> pages = connection.QueryValue("SELECT count(*) FROM sqlite_schema");
  if (pages.ok()) return connection;
  if (read_only && LacksSharedFiles(PrimaryCode(connection.handle()), file)) {
    return OpenUnwritable(file);
  }
  return OpenFailure(connection.handle(), file);
}

/// A database in WAL mode that SQLite cannot read the usual way, as it may not make its log.
Result<Connection> Connection::OpenUnwritable(const std::filesystem::path& file) {
  if (HasLog(file)) {
    return IoError(
        fmt::format("{0}: cannot be read without permission to write to its folder, as not all of "
                    "it is in the file yet; copy {0} and {1} to a folder of yours and name the "
                    "copy with --store",
                    FollowLinks(file).string(), LogOf(file).string()));
  }
  SF_ASSIGN(Connection connection,
            OpenUri(ImmutableUri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
  if (connection.QueryValue("SELECT count(*) FROM sqlite_schema").ok()) return connection;
  return OpenFailure(connection.handle(), file);
}

Result<Connection> Connection::InMemory() {
  return OpenUri(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status() : Failure(sql);
}

Result<Statement> Connection::Prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return Failure(sql);
  if (!statement) return InvalidArgument("an empty SQL statement");
  return Statement(statement);
}

Result<Statement> Connection::PrepareKept(std::string_view sql) const {
  if (sqlite3_stmt* const kept = kept_->Take(sql)) return Statement(kept, kept_.get());
  SF_ASSIGN(Statement made, Prepare(sql));
  return Statement(made.handle_.release(), kept_.get());
}

Result<Value> Connection::QueryValue(std::string_view sql) const {
  SF_ASSIGN(Statement statement, Prepare(sql));
  SF_ASSIGN(const bool row, statement.Step());
  return row ? statement.Column(0) : Value();
}

std::string Connection::file() const { return FileOf(handle_.get()); }

Status Connection::Failure(std::string_view what) const { return LastFailure(handle_.get(), what); }

KeptStatements::~KeptStatements() {
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
}

sqlite3_stmt* KeptStatements::Take(std::string_view sql) {
  const auto found = idle_.find(sql);
  if (found == idle_.end()) return nullptr;
  sqlite3_stmt* const statement = found->second;
  idle_.erase(found);
  return statement;
}

void KeptStatements::Give(sqlite3_stmt* statement) {
  constexpr std::size_t kMost = 64;
  if (idle_.size() >= kMost) return static_cast<void>(sqlite3_finalize(statement));
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  idle_.emplace(sqlite3_sql(statement), statement);
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
  kept ? kept->Give(statement) : static_cast<void>(sqlite3_finalize(statement));
}

Result<Transaction> Transaction::Begin(Connection& connection) {
  if (sqlite3_get_autocommit(connection.handle()) == 0) return Transaction(nullptr);
  SF_ASSIGN(Statement begin, connection.PrepareKept("BEGIN IMMEDIATE"));
  SF_TRY(begin.Run());
  return Transaction(&connection);
}

Transaction::~Transaction() {
  if (connection_) (void)connection_->Execute("ROLLBACK");
}

Status Transaction::Commit() {
  if (!connection_) return {};
  SF_ASSIGN(Statement commit, connection_->PrepareKept("COMMIT"));
  SF_TRY(commit.Run());
  connection_ = nullptr;
  return {};
}

namespace {

/// As a whole number times powers of two, which SQLite reads exactly: 3.40 takes some decimals for
/// the neighbour of the nearest double (0.767762 for 0.7677620000000001).
std::string ExactReal(double real) {
  constexpr int kDigits = 53, kMostBits = 62;
  int exponent = 0;
  const double whole = std::ldexp(std::frexp(real, &exponent), kDigits);
  exponent -= kDigits;
  std::string sql = fmt::format("({}.0", static_cast<std::int64_t>(whole));
  while (exponent != 0) {
    const int bits = std::min(std::abs(exponent), kMostBits);
    sql += fmt::format(" {} {}", exponent < 0 ? '/' : '*', std::int64_t{1} << bits);
    exponent += exponent < 0 ? bits : -bits;
  }
  return sql + ")";
}

}  // namespace

std::string QuoteName(std::string_view name) { return Doubled(name, '"'); }
std::string QuoteText(std::string_view text) { return Doubled(text, '\''); }

std::string SqlLiteral(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return QuoteText(*text);
  const auto* real = std::get_if<double>(&value);
  if (IsNull(value) || (real && std::isnan(*real))) return "NULL";
  if (real && std::isinf(*real)) return *real > 0 ? "9e999" : "-9e999";
  if (real) return ExactReal(*real);
  return FormatValue(value);
}

}  // namespace sweepformer
