// Sizes and counts as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/describe.h"
#include "base/result.h"

namespace weir::base {

class Document;

// Reads "256GiB", "256G", "1.5T", "512MB", "1024" (bytes). G, Gi and GiB are binary; GB is decimal.
// Fails: invalid, negative, more than 2^62.
[[nodiscard]] Result<std::int64_t> parse_bytes(std::string_view text);
// "256GiB", "1.5GiB", "512B": binary, at most one decimal.
[[nodiscard]] std::string format_bytes(std::int64_t bytes);
// "12.4 kg", "350 g", "1.2 t", "30 mg", of milligrams: three digits that count, rounded down.
[[nodiscard]] std::string format_mass(std::int64_t milligrams);
// "12.4 kWh", "350 Wh", "1.2 MWh", of joules: likewise.
[[nodiscard]] std::string format_energy(std::int64_t joules);

// A range as job files write it: "32" (exactly), "32+" (at least), "16..64" (between).
struct Range {
  std::int64_t least = 0;
  std::optional<std::int64_t> most;  // none: no upper end

  friend bool operator==(const Range&, const Range&) = default;
};
WEIR_DESCRIBE(Range, least, most)
// `parse_number` reads each end, so that "32GiB+" and "32+" are the same form.
[[nodiscard]] Result<Range> parse_range(std::string_view text,
                                        Result<std::int64_t> (*parse_number)(std::string_view));
// Reads a whole number that is not negative. Fails: invalid.
[[nodiscard]] Result<std::int64_t> parse_count(std::string_view text);
// "32", "32+", "16..64".
[[nodiscard]] std::string text_of(const Range& range);

// A range of sizes: "256GiB+", "64GiB..128GiB". Its ends are bytes.
struct SizeRange {
  std::int64_t least = 0;
  std::optional<std::int64_t> most;  // none: no upper end

  friend bool operator==(const SizeRange&, const SizeRange&) = default;
};
WEIR_DESCRIBE(SizeRange, least, most)
// Exact: what is written reads back as the same range.
[[nodiscard]] std::string text_of(const SizeRange& range);

// How files and requests give them (see base/shape.h): text in the forms above, or a plain number.
[[nodiscard]] Result<Range> read_value(const Document& document, std::type_identity<Range>);
[[nodiscard]] Result<SizeRange> read_value(const Document& document, std::type_identity<SizeRange>);
[[nodiscard]] std::string schema_of(std::type_identity<Range>);
[[nodiscard]] std::string schema_of(std::type_identity<SizeRange>);

// The name of `known` nearest to `name` by edit distance (Damerau-Levenshtein, at most a third of
// the longer name's length away), or "" where none is near. Ties go to the first of `known`.
template <typename Names>
[[nodiscard]] std::string nearest_name(std::string_view name, const Names& known);
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <typename Names>
std::string nearest_name(std::string_view name, const Names& known) {
  std::string best;
  std::size_t best_distance = 0;
  for (const auto& candidate : known) {
    const std::string_view view(candidate);
    const std::size_t longer = name.size() > view.size() ? name.size() : view.size();
    const std::size_t apart = longer - (name.size() + view.size() - longer);
    if (apart * 3 > longer) continue;  // no text is changed into another by less than that
    const std::size_t distance = edit_distance(name, view);
    if (distance * 3 > longer) continue;
    if (best.empty() || distance < best_distance) {
      best = std::string(view);
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace weir::base
