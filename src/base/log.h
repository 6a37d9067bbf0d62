// What a shell says while it runs: an event's name and its facts, one line each, to standard error.
//
//   log_warning("journal-slow", {{"sync_ms", 412}, {"path", path}});
//
// On a terminal the lines are for eyes, elsewhere each is one JSON object. Only the shells log
// (agent, gateway, app, backend, cli): what the engine has to say is facts.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

#include "base/describe.h"

namespace weir::base {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };
WEIR_DESCRIBE_ENUM(LogLevel, debug, info, warning, error, off)

enum class LogForm : std::uint8_t { automatic, text, json };
WEIR_DESCRIBE_ENUM(LogForm, automatic, text, json)

// One fact of a line. Text is looked at during the call only.
struct LogField {
  using Value = std::variant<std::int64_t, std::uint64_t, double, bool, std::string_view>;
  std::string_view key;
  Value value;

  template <typename T>
  LogField(std::string_view name, const T& given) : key(name), value(to_value(given)) {}

 private:
  template <typename T>
  static Value to_value(const T& given) {
    if constexpr (std::same_as<T, bool>) {
      return given;
    } else if constexpr (std::signed_integral<T>) {
      return static_cast<std::int64_t>(given);
    } else if constexpr (std::unsigned_integral<T>) {
      return static_cast<std::uint64_t>(given);
    } else if constexpr (std::floating_point<T>) {
      return static_cast<double>(given);
    } else {
      return std::string_view(given);
    }
  }
};

void log_debug(std::string_view event, std::initializer_list<LogField> fields = {});
void log_info(std::string_view event, std::initializer_list<LogField> fields = {});
void log_warning(std::string_view event, std::initializer_list<LogField> fields = {});
void log_error(std::string_view event, std::initializer_list<LogField> fields = {});

// Lines below `level` are dropped; info until told otherwise. May be called at any time, from any
// thread.
void set_log(LogLevel level, LogForm form = LogForm::automatic);

// The line as it would be written, without its time: for tests, and for those who log elsewhere.
[[nodiscard]] std::string format_log_line(LogForm form, LogLevel level, std::string_view event,
                                          std::initializer_list<LogField> fields);

}  // namespace weir::base
