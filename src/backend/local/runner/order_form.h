// The order a runner gets from the server, and its form on the way: a memory file.
//
// Not a file format: both ends are of one build, except that a newer server may meet a runner that
// an older one started. That one has read its order already; only an exec reads it again.
// The memory is the runner's as long as the rank runs, for an exec to find, and is gone with it.
// Where a site's own scheduler starts the runner, the order waits for it in a file (order_file.h),
// and is read by a runner of the build that wrote it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::backend::local {

// The one descriptor a runner finds open: its line to the server (runner/line.h).
inline constexpr int line_descriptor = 3;
// Where it keeps the descriptors that come with an order, in the order they come.
inline constexpr int order_descriptor = 4;
inline constexpr int watched_descriptor = 5;  // of an exec: pidfd of the rank's own runner
inline constexpr int output_descriptor = 6;   // of an exec: where its output goes
inline constexpr int descriptors_max = 3;
// What a command beside a rank has between TERM and KILL.
inline constexpr std::int64_t exec_grace_us = 2'000'000;

struct RunnerOrder {
  bool is_exec = false;     // beside a rank that runs, instead of running one
  std::string name;         // for people who list processes: the rank's key
  std::string work_folder;  // absolute
  std::string record_path;  // absolute; "" for an exec
  std::string stop_path;    // where the reason of a stop is found
  std::string log_prefix;   // absolute; "<prefix>program.log"
  std::string setup;
  std::string run;
  std::vector<std::string> environment;  // "NAME=value", all of it
  std::vector<std::int32_t> cpus;
  std::int64_t memory_bytes = -1;  // -1: none, as in all the fields below
  std::uint32_t cpu_count = 0;
  std::string cgroup;  // absolute folder; "": limits by rlimit
  std::int64_t time_limit_us = -1;
  std::int32_t notice_signal = 0;
  std::int64_t notice_before_us = 0;
  std::int64_t kill_grace_us = 0;
  std::int64_t log_bytes_max = 0;
  // Variables of the runner's own environment that the program gets too, over those above: where
  // something else hands devices out, only the runner is told which.
  std::vector<std::string> kept_variables;
  // How often the runner looks for a stop or a lease that is over (lease.h); -1: never, it is told.
  std::int64_t look_every_us = -1;
  std::string lease_path;  // "": none
  std::int64_t fence_after_us = -1;

  // The one list of fields on the wire.
  template <typename Order, typename Form>
  static bool visit(Order& order, Form& form) {
    return form(order.is_exec) && form(order.name) && form(order.work_folder) &&
           form(order.record_path) && form(order.stop_path) && form(order.log_prefix) &&
           form(order.setup) && form(order.run) && form(order.environment) && form(order.cpus) &&
           form(order.memory_bytes) && form(order.cpu_count) && form(order.cgroup) &&
           form(order.time_limit_us) && form(order.notice_signal) && form(order.notice_before_us) &&
           form(order.kill_grace_us) && form(order.log_bytes_max) && form(order.kept_variables) &&
           form(order.look_every_us) && form(order.lease_path) && form(order.fence_after_us);
  }
};

class OrderWriter {
 public:
  bool operator()(const std::string& text) {
    (*this)(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
    return true;
  }
  template <typename Item>
  bool operator()(const std::vector<Item>& items) {
    (*this)(static_cast<std::uint64_t>(items.size()));
    for (const Item& item : items) (*this)(item);
    return true;
  }
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  bool operator()(const Number& number) {
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof number);
    bytes_.append(raw, sizeof number);
    return true;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class OrderReader {
 public:
  explicit OrderReader(std::string_view bytes) : rest_(bytes) {}

  bool operator()(std::string& text) {
    std::uint64_t size = 0;
    if (!(*this)(size) || size > rest_.size()) return false;
    text.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return true;
  }
  template <typename Item>
  bool operator()(std::vector<Item>& items) {
    std::uint64_t size = 0;
    if (!(*this)(size) || size > rest_.size()) return false;
    items.resize(size);
    for (Item& item : items) {
      if (!(*this)(item)) return false;
    }
    return true;
  }
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  bool operator()(Number& number) {
    if (rest_.size() < sizeof number) return false;
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
    return true;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

[[nodiscard]] inline std::string encode(const RunnerOrder& order) {
  OrderWriter writer;
  RunnerOrder::visit(order, writer);
  return writer.bytes();
}
[[nodiscard]] inline bool decode(std::string_view bytes, RunnerOrder& order) {
  OrderReader reader(bytes);
  return RunnerOrder::visit(order, reader) && reader.at_end();
}

}  // namespace weir::backend::local
