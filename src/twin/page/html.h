// Text of strangers within HTML.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::twin::page {

// Fit to stand between tags and in quoted attributes. Bytes that are no UTF-8, and characters that
// HTML does not allow, become U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

// A JSON text fit to stand in a <script> element: no "<" is left in it.
[[nodiscard]] std::string json_in_script(std::string_view json);

// "28,475"
[[nodiscard]] std::string with_commas(std::uint64_t number);

}  // namespace weir::twin::page
