// The cgroup (version 2) of one rank: its limits, its meter, and a kill that nobody escapes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::backend::local {

class ControlGroup {
 public:
  // `folder` is made if it is not there; an exec joins the one of its rank.
  explicit ControlGroup(std::string folder) : folder_(std::move(folder)) {}

  // Makes the group and sets its limits (memory -1: none; cpus 0: none).
  // Returns: "", or why it could not.
  [[nodiscard]] std::string create(std::int64_t memory_bytes, std::uint32_t cpu_count) const;
  // Descriptor of cgroup.procs: who writes "0" to it joins. -1 where it cannot be opened.
  [[nodiscard]] int open_members() const;
  void kill_all() const;
  void remove() const;

  [[nodiscard]] std::optional<std::int64_t> peak_memory_bytes() const;
  [[nodiscard]] std::optional<std::int64_t> cpu_us() const;
  [[nodiscard]] bool ran_out_of_memory() const;

 private:
  [[nodiscard]] bool set(const char* name, const std::string& value) const;
  // The number after `word` in file `name`; with word "", the number the file begins with.
  [[nodiscard]] std::optional<std::int64_t> number(const char* name, const char* word) const;

  std::string folder_;
};

}  // namespace weir::backend::local
