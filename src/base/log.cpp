#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <mutex>

#include "base/json.h"

namespace weir::base {
namespace {

LogForm form_of(LogForm form) {
  if (form != LogForm::automatic) return form;
  return ::isatty(STDERR_FILENO) == 1 ? LogForm::text : LogForm::json;
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      break;
  }
  return spdlog::level::off;
}

// The logger and the form its lines have now.
struct Log {
  std::shared_ptr<spdlog::logger> logger = std::make_shared<spdlog::logger>(
      "weir", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  std::atomic<LogForm> form = LogForm::automatic;

  Log() {
    logger->flush_on(spdlog::level::debug);
    set(LogLevel::info, LogForm::automatic);
  }

  void set(LogLevel level, LogForm wanted) {
    form = form_of(wanted);
    logger->set_level(level_of(level));
    logger->set_pattern(form == LogForm::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z",%v)"
                                              : "%H:%M:%S.%e %^%v%$");
  }
};

Log& the_log() {
  static Log log;
  return log;
}

// Text that needs no quotes to be read as one word.
bool is_word(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t\r\n\"=\\") == std::string_view::npos &&
         std::none_of(text.begin(), text.end(), [](char letter) {
           return static_cast<unsigned char>(letter) < 0x20 ||
                  static_cast<unsigned char>(letter) == 0x7F;
         });
}

void append_value(std::string& out, const LogField::Value& value, LogForm form) {
  std::visit(
      [&]<typename T>(const T& given) {
        if constexpr (std::same_as<T, std::string_view>) {
          if (form == LogForm::text && is_word(given)) {
            out += given;
          } else {
            append_json_text(out, given);
          }
        } else {
          write_json(out, given);
        }
      },
      value);
}

void write_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  Log& log = the_log();
  if (!log.logger->should_log(level_of(level))) return;
  log.logger->log(level_of(level), format_log_line(log.form, level, event, fields));
}

}  // namespace

std::string format_log_line(LogForm form, LogLevel level, std::string_view event,
                            std::initializer_list<LogField> fields) {
  std::string out;
  if (form == LogForm::json) {
    out += R"("level":)";
    append_json_text(out, enum_name(level));
    out += R"(,"event":)";
    append_json_text(out, event);
    for (const LogField& field : fields) {
      out += ',';
      append_json_text(out, field.key);
      out += ':';
      append_value(out, field.value, form);
    }
    return out + "}";
  }
  out += enum_name(level);
  out += ' ';
  out += event;
  for (const LogField& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    append_value(out, field.value, form);
  }
  return out;
}

void log_debug(std::string_view event, std::initializer_list<LogField> fields) {
  write_line(LogLevel::debug, event, fields);
}
void log_info(std::string_view event, std::initializer_list<LogField> fields) {
  write_line(LogLevel::info, event, fields);
}
void log_warning(std::string_view event, std::initializer_list<LogField> fields) {
  write_line(LogLevel::warning, event, fields);
}
void log_error(std::string_view event, std::initializer_list<LogField> fields) {
  write_line(LogLevel::error, event, fields);
}

void set_log(LogLevel level, LogForm form) { the_log().set(level, form); }

}  // namespace weir::base
