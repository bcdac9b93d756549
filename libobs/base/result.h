// Errors as values: Result<T> holds a T or says what went wrong and what the caller can do about
// it.
//
// Spelled like std::expected, to become an alias of it under C++23. `Error` is for people: an Errc
// and a sentence. `ParseError` is for hot paths: static text and an offset, so that hostile input
// costs no allocation to reject. Nothing in libobs throws across a module's boundary.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace obs {

// What the caller can do about a failure.
enum class Errc {
  kInvalidArgument,  // The caller asked for something meaningless: usage.
  kMalformed,        // Input data is not what it claims to be.
  kLimitExceeded,    // Input is over a configured bound.
  kNotFound,
  kUnsupported,
  kUnavailable,  // A retry may succeed: a peer is down, a queue or a disk is full.
  kIo,
  kInternal,  // Our bug. No input may cause it.
};

// The name of the code as it appears in self-metrics and logs, such as "unavailable".
std::string_view to_string(Errc code);

struct Error {
  Errc code = Errc::kInternal;
  std::string message;

  // The same error with what we were doing put in front: "open store ./data: permission denied".
  [[nodiscard]] Error during(std::string_view action) &&;
  [[nodiscard]] Error during(std::string_view action) const&;
};

struct ParseError {
  Errc code = Errc::kMalformed;
  std::size_t offset = 0;  // First byte the parser could not accept.
  std::string_view what;   // Static text.
};

// "bad length at byte 17".
Error to_error(const ParseError& error);

// An error on its way into a Result.
template <class E>
struct Failure {
  E error;
};

inline Failure<Error> fail(Error error) { return {std::move(error)}; }
inline Failure<ParseError> fail(ParseError error) { return {error}; }
inline Failure<Error> fail(Errc code, std::string message) {
  return {Error{code, std::move(message)}};
}
// For a system call: "<action>: <strerror(errnum)>"; the code follows the errno (ENOENT is
// kNotFound, ENOSPC and EDQUOT are kUnavailable, anything else kIo).
Failure<Error> fail_errno(int errnum, std::string_view action);

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <class U>
  requires std::is_convertible_v<U, T> &&(!std::is_same_v<std::decay_t<U>, T>)Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  E& error() & { return *std::get_if<1>(&state_); }
  const E& error() const& { return *std::get_if<1>(&state_); }
  E&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  Result() = default;
  Result(Failure<E> failure) : error_(std::in_place_index<1>, std::move(failure.error)) {}

  bool has_value() const noexcept { return error_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  E& error() & { return *std::get_if<1>(&error_); }
  const E& error() const& { return *std::get_if<1>(&error_); }
  E&& error() && { return std::move(*std::get_if<1>(&error_)); }

 private:
  std::variant<std::monostate, E> error_;
};

}  // namespace obs

#define OBS_CONCAT_INNER(a, b) a##b
#define OBS_CONCAT(a, b) OBS_CONCAT_INNER(a, b)

// OBS_TRY(auto file, fs.open(path)): binds the value, or returns the error from this function.
#define OBS_TRY(declaration, expression)                                   \
  auto OBS_CONCAT(obs_try_, __LINE__) = (expression);                      \
  if (!OBS_CONCAT(obs_try_, __LINE__))                                     \
    return ::obs::fail(std::move(OBS_CONCAT(obs_try_, __LINE__)).error()); \
  declaration = std::move(OBS_CONCAT(obs_try_, __LINE__)).value()

#define OBS_TRY_VOID(expression)                       \
  if (auto obs_try_void = (expression); !obs_try_void) \
  return ::obs::fail(std::move(obs_try_void).error())
