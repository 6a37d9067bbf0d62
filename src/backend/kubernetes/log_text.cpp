#include "backend/kubernetes/log_text.h"

#include <algorithm>

#include "backend/kubernetes/rank_script.h"

namespace weir::backend::kubernetes {
namespace {

constexpr std::size_t seconds_size = 19;  // "2026-01-01T00:00:00"

bool is_time(std::string_view word) {
  return word.size() > seconds_size && word[4] == '-' && word[10] == 'T' && word[13] == ':';
}

// The same length for every time of one log, so that the order of text is the order of time.
std::string comparable(std::string_view time) {
  std::string key(time.substr(0, seconds_size));
  std::string fraction;
  if (time.size() > seconds_size && time[seconds_size] == '.') {
    for (const char c : time.substr(seconds_size + 1)) {
      if (c < '0' || c > '9') break;
      fraction += c;
    }
  }
  fraction.resize(9, '0');
  return key + fraction;
}

class Taker {
 public:
  Taker(LogCursor& cursor, LogPieces& pieces, std::int64_t bytes_max)
      : cursor_(cursor), pieces_(pieces), bytes_max_(bytes_max), last_(comparable(cursor.time)) {}

  // A line with its newline, where it has one.
  void take(std::string_view line) {
    const std::string_view time = line.substr(0, line.find(' '));
    if (!is_time(time)) {  // the rest of a line that was too long for the log
      if (is_taking_) put(line);
      return;
    }
    is_taking_ = is_new(time);
    if (!is_taking_) return;
    cursor_.time = time;
    put(line.substr(std::min(time.size() + 1, line.size())));
  }

 private:
  bool is_new(std::string_view time) {
    const std::string key = comparable(time);
    if (cursor_.time.empty() || key > last_) {
      last_ = key;
      cursor_.taken_at = 1;
      seen_at_ = 1;
      return true;
    }
    if (key < last_) return false;
    if (++seen_at_ <= cursor_.taken_at) return false;
    ++cursor_.taken_at;
    return true;
  }

  void put(std::string_view text) {
    const std::size_t mark = text.find(mark_in_log);
    keep(text.substr(0, mark));
    if (mark == std::string_view::npos) return;
    std::string_view words = text.substr(mark + mark_in_log.size());
    const std::string_view name = words.substr(0, words.find_first_of(" \n"));
    if (name == "note") {
      words.remove_prefix(std::min(name.size() + 1, words.size()));
      add(Stream::platform, words, cursor_.platform_bytes);
    } else if (name == "setup" || name == "program") {
      cursor_.stream = name;
      if (cursor_.began.empty()) cursor_.began = cursor_.time;
    } else if (name == "end") {
      cursor_.ended = cursor_.time;
    }
  }

  void keep(std::string_view text) {
    if (cursor_.stream == "platform") return add(Stream::platform, text, cursor_.platform_bytes);
    if (cursor_.is_full) return;
    const std::int64_t left =
        std::max<std::int64_t>(bytes_max_ - cursor_.setup_bytes - cursor_.program_bytes, 0);
    if (std::cmp_greater(text.size(), left)) {
      text = text.substr(0, static_cast<std::size_t>(left));
      cursor_.is_full = true;
      add(Stream::platform, "the log is full: what follows is not kept\n", cursor_.platform_bytes);
    }
    if (cursor_.stream == "setup") {
      add(Stream::setup, text, cursor_.setup_bytes);
    } else {
      add(Stream::program, text, cursor_.program_bytes);
    }
  }

  void add(Stream stream, std::string_view text, std::int64_t& bytes) {
    pieces_[static_cast<std::size_t>(stream)] += text;
    bytes += static_cast<std::int64_t>(text.size());
  }

  LogCursor& cursor_;
  LogPieces& pieces_;
  std::int64_t bytes_max_;
  std::string last_;           // the cursor's time, to compare with
  std::uint64_t seen_at_ = 0;  // lines of that time met in this text
  bool is_taking_ = false;
};

}  // namespace

LogPieces take_log(LogCursor& cursor, std::string_view text, bool is_final,
                   std::int64_t bytes_max) {
  LogPieces pieces;
  Taker taker(cursor, pieces, bytes_max);
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos && !is_final) break;
    const std::size_t size = newline == std::string_view::npos ? text.size() : newline + 1;
    taker.take(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

}  // namespace weir::backend::kubernetes
