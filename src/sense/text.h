// The small files the kernel tells about itself in, and the little grammar they are written in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::sense {

// The whole text of a file of at most 1 MiB without the white space at its end; none where it
// cannot be read or is longer.
[[nodiscard]] std::optional<std::string> read_text(const std::filesystem::path& path);

// "a,b,,c" → "a" "b" "" "c". An empty text is one empty part.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
// The parts between runs of spaces and tabs; none of them is empty.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);

// Reads the whole text as an unsigned number of at most 32 bits; "0x" before it is taken as well.
[[nodiscard]] std::optional<std::uint32_t> parse_hexadecimal(std::string_view text);
// Reads the whole text as a number of at most 64 bits.
[[nodiscard]] std::optional<std::int64_t> parse_decimal(std::string_view text);

}  // namespace weir::sense
