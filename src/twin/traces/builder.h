// Puts a TraceReading together row by row: the part that all readers share.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "twin/traces/reading.h"

namespace weir::twin::traces {

// Names and their places in a list, in the order in which they first came up.
class Names {
 public:
  // Where `name` stands; it is added where it is new. "" is shown as "unknown".
  [[nodiscard]] std::uint32_t index_of(std::string_view name);
  [[nodiscard]] std::vector<std::string> take() && { return std::move(names_); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> places_;
};

// Equal ranks that a number of processors or devices is cut into.
struct Ranks {
  std::uint32_t count = 1;
  std::uint32_t each = 0;

  friend bool operator==(const Ranks&, const Ranks&) = default;
};

// The fewest ranks, but no fewer than `least`, of equal size and at most `most_each` units.
// Requires: units, most_each and least at least 1; least not above units. Cost: O(√units).
[[nodiscard]] Ranks cut_to_ranks(std::uint32_t units, std::uint32_t most_each,
                                 std::uint32_t least = 1);

class TraceBuilder {
 public:
  TraceBuilder(TraceKind kind, const TraceOptions& options);

  // Counts one row, and keeps its job or why there is none.
  void add(std::uint64_t line, base::Result<TraceJob> job);
  void add_blank_line() { ++reading_.report.blank_lines; }
  void note(const std::string& what) { ++reading_.report.notes[what]; }

  // The number of the row that is being read, from 1.
  [[nodiscard]] std::uint64_t row_number() const { return reading_.report.rows + 1; }
  // The whole number that `id` is or ends in after a hyphen ("openb-pod-0061"); the row's else.
  [[nodiscard]] std::uint64_t number_of(std::string_view id) const;

  [[nodiscard]] const TraceOptions& options() const { return options_; }
  [[nodiscard]] TraceReading& reading() { return reading_; }

  // Sorts the jobs and hands over. `from_first`: submits were told as times since 1970; they become
  // distances from the first.
  [[nodiscard]] TraceReading finish(bool from_first = false) &&;

  Names tenants;
  Names users;
  Names job_classes;
  Names device_models;

 private:
  TraceOptions options_;
  TraceReading reading_;
};

}  // namespace weir::twin::traces
