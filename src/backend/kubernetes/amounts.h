// Amounts as Kubernetes writes them: "500m", "64", "512Gi", "1.5e3". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::backend::kubernetes {

// In thousandths, rounded up; none where this is no amount, is negative, or is too large.
[[nodiscard]] std::optional<std::int64_t> parse_milli_amount(std::string_view text);
// In whole units, rounded down: what a node surely has.
[[nodiscard]] std::optional<std::int64_t> parse_amount(std::string_view text);

}  // namespace weir::backend::kubernetes
