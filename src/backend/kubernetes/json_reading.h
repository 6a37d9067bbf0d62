// Reading what a server answers, without trusting its shape: what is not there, or is of another
// kind, reads as nothing.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::backend::kubernetes {

using Path = std::initializer_list<std::string_view>;

// Fails: invalid, this is not JSON, or nested too deep.
[[nodiscard]] base::Result<boost::json::value> parse_answer(std::string_view text);

// The value a path of member names leads to, or null.
[[nodiscard]] const boost::json::value* find_at(const boost::json::value& value, Path path);
// Text, "" where there is none.
[[nodiscard]] std::string text_at(const boost::json::value& value, Path path);
[[nodiscard]] std::optional<std::int64_t> number_at(const boost::json::value& value, Path path);
[[nodiscard]] bool flag_at(const boost::json::value& value, Path path);
// An empty list, or object, where there is none.
[[nodiscard]] const boost::json::array& list_at(const boost::json::value& value, Path path);
[[nodiscard]] const boost::json::object& object_at(const boost::json::value& value, Path path);
// A time as the API writes it, in microseconds since 1970; 0 where there is none.
[[nodiscard]] std::int64_t time_at(const boost::json::value& value, Path path);

}  // namespace weir::backend::kubernetes
