// What happened in a world, for people. Off while seeds are tried; the seed that failed is run once
// more with it on, which is the same run.
#pragma once

#include <cstdio>
#include <deque>
#include <string>
#include <utility>

#include "tests/world/agenda.h"

namespace weir::world {

class Trace {
 public:
  enum class Mode : std::uint8_t { off, keep_last, print };
  static constexpr std::size_t lines_kept = 40;

  Trace(Mode mode, const Agenda& agenda) : mode_(mode), agenda_(agenda) {}

  // `make` gives the line as text; it is not called where nobody wants it.
  template <typename Make>
  void say(const char* who, Make&& make) {
    if (mode_ == Mode::off) return;
    char head[64];
    const double seconds = static_cast<double>(base::to_us(agenda_.now()) - 1'700'000'000'000'000);
    (void)std::snprintf(head, sizeof head, "[%11.3f] %-8s ", seconds / 1e6, who);
    std::string line = std::string(head) + std::forward<Make>(make)();
    if (mode_ == Mode::print) {
      (void)std::puts(line.c_str());
      return;
    }
    last_.push_back(std::move(line));
    if (last_.size() > lines_kept) last_.pop_front();
  }
  [[nodiscard]] const std::deque<std::string>& last() const { return last_; }

 private:
  Mode mode_;
  const Agenda& agenda_;
  std::deque<std::string> last_;
};

}  // namespace weir::world
