#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sweepformer {

/// What kind of failure it was. The command line maps each to an exit code (tools/cli/exit_code.h).
enum class Code {
  kOk,
  kInvalidArgument,  ///< usage, spec or data is wrong; the user can mend it
  kNotFound,         ///< no such sweep, run or data set
  kUnavailable,      ///< another orchestrator holds the store
  kCanceled,         ///< a signal asked to stop
  kIo,               ///< store, disk or process trouble
  kInternal,         ///< a bug of ours
};

/// Success, or a code with a message "thing: what is wrong; what to do". Cheap to move.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {
    assert(code != Code::kOk);
  }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The same failure with "context: " put before its message; success stays success.
  Status WithContext(std::string_view context) const {
    if (ok()) return *this;
    return {code_, std::string(context) + ": " + message_};
  }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

inline Status InvalidArgument(std::string message) {
  return {Code::kInvalidArgument, std::move(message)};
}
inline Status NotFound(std::string message) { return {Code::kNotFound, std::move(message)}; }
inline Status Unavailable(std::string message) { return {Code::kUnavailable, std::move(message)}; }
inline Status Canceled(std::string message) { return {Code::kCanceled, std::move(message)}; }
inline Status IoError(std::string message) { return {Code::kIo, std::move(message)}; }
inline Status Internal(std::string message) { return {Code::kInternal, std::move(message)}; }

/// A value or the Status that explains its absence.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Status status) : state_(std::move(status)) { assert(!std::get<Status>(state_).ok()); }

  bool ok() const { return std::holds_alternative<T>(state_); }
  Status status() const { return ok() ? Status() : std::get<Status>(state_); }

  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace sweepformer

#define SF_CONCAT_INNER(a, b) a##b
#define SF_CONCAT(a, b) SF_CONCAT_INNER(a, b)

/// Returns from the enclosing function if `expr`, a Status, is a failure.
#define SF_TRY(expr)                                                                 \
  do {                                                                               \
    if (::sweepformer::Status sf_status = (expr); !sf_status.ok()) return sf_status; \
  } while (false)

/// `SF_ASSIGN(auto x, MayFail());` assigns the value or returns the failure.
#define SF_ASSIGN(target, expr) SF_ASSIGN_INNER(SF_CONCAT(sf_result_, __LINE__), target, expr)
#define SF_ASSIGN_INNER(result, target, expr) \
  auto result = (expr);                       \
  if (!result.ok()) return result.status();   \
  target = std::move(result).value()
