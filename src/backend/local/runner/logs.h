// The log files of one rank: made with their first byte, cut visibly at the cap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "backend/rank.h"

namespace weir::backend::local {

class Logs {
 public:
  // The cap holds for the setup and program streams together.
  Logs(std::string prefix, std::int64_t bytes_max)
      : prefix_(std::move(prefix)), bytes_max_(bytes_max), bytes_left_(bytes_max) {}
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;
  ~Logs();

  void write(Stream stream, std::string_view bytes);
  // One stamped line in the platform's stream.
  void say(const std::string& words);
  // The same, but not before there is a first byte of any stream: a rank that is silent and ends
  // well leaves no files.
  void say_with_first(const std::string& words);
  void say_what_waits();
  // "", or why some of the logs could not be kept.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct File {
    int descriptor = -1;
    bool is_cut = false;
  };

  void append(Stream stream, std::string_view bytes);
  [[nodiscard]] int open_log(const std::string& path);

  std::string prefix_;
  std::string waiting_;  // a whole line
  std::int64_t bytes_max_;
  std::int64_t bytes_left_;
  File files_[3];
  std::string trouble_;
};

// "64MiB", "1.5s": for marks and messages.
[[nodiscard]] std::string bytes_in_words(std::int64_t bytes);
[[nodiscard]] std::string seconds_in_words(std::int64_t us);
// "SIGTERM", or "signal 34" for one without a name.
[[nodiscard]] std::string signal_in_words(int signal);

}  // namespace weir::backend::local
