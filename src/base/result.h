// How a call that the world can fail answers: a value, or an Error.
//
// Three kinds of trouble are never mixed (ARCHITECTURE.md, "Errors"). Our own mistake is an
// assertion (base/check.h). "No" in the domain is a value of its own with a reason. Only what the
// outside world does to us (a file, a socket, bad text from a user) is an Error.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace weir::base {

// A code exists only if a caller acts on it. The gateway turns each into one HTTP status, the
// command line into one exit code.
enum class ErrorCode : std::uint8_t {
  invalid,          // the request is wrong as it stands: 400
  unauthenticated,  // no identity, or one that does not hold: 401
  forbidden,        // a known identity that may not do this: 403
  not_found,        // no such thing: 404
  conflict,         // true to form, but not in this state: 409
  refused,          // can never be served as asked: 422
  too_large,        // over a stated limit: 413
  too_many,         // a stated rate or count is used up: 429
  unavailable,      // the other side cannot be reached, or is ending: 503
  input_output,     // a file, device or store failed: 500
};

// Where in a text something stands. Lines and columns count from 1; 0 means "not known".
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

// What went wrong, where, and the nearest thing that would work.
struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string message;  // one sentence that names both sides: what was asked, what holds
  std::string field;    // dotted path of the field at fault, "resources.any_of[1].devices"; or ""
  std::string hint;     // the nearest thing that would work; or ""
  Place place;

  // "job.yaml:3:5: resources.cpu: unknown field; did you mean `cpus`?"
  [[nodiscard]] std::string text() const;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::string field = {}, std::string hint = {}) {
  return tl::unexpected<Error>(
      Error{code, std::move(message), std::move(field), std::move(hint), {}});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
// input_output with the system's own words for `errno_value`: "open /x: Permission denied".
[[nodiscard]] tl::unexpected<Error> fail_errno(const std::string& what, int errno_value);

}  // namespace weir::base

// Gives the value of a Result, or returns its Error from the function around it.
#define WEIR_TRY(expression)                                                               \
  __extension__({                                                                          \
    auto weir_try_result_ = (expression);                                                  \
    if (!weir_try_result_) return ::weir::base::fail(std::move(weir_try_result_).error()); \
    *std::move(weir_try_result_);                                                          \
  })
// The same for a Status, which has no value.
#define WEIR_TRY_STATUS(expression)                                                        \
  do {                                                                                     \
    auto weir_try_status_ = (expression);                                                  \
    if (!weir_try_status_) return ::weir::base::fail(std::move(weir_try_status_).error()); \
  } while (false)
