// The few shapes a value can have, as concepts. Each codec (read.h, json.h, wire.h, schema.h) is
// one chain of them; a type of another shape does not compile, with a message that names it.
//
// A type with a text form of its own gives it by functions found beside it (ADL):
//   Result<T> read_value(const Document&, std::type_identity<T>);  // reads it; see read.h
//   std::string text_of(const T&);                                 // JSON writes this as text
//   std::string schema_of(std::type_identity<T>);                  // its JSON Schema; see schema.h
// The binary form never uses these: there such a type is a described struct as any other.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::base {

class Document;

// Raw bytes; in text they are lower-case hex.
using Bytes = std::vector<std::byte>;

namespace detail {

template <typename T, template <typename...> typename Template>
inline constexpr bool is_a = false;
template <template <typename...> typename Template, typename... Arguments>
inline constexpr bool is_a<Template<Arguments...>, Template> = true;

template <typename T>
inline constexpr bool is_array = false;
template <typename T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <typename T>
inline constexpr bool always_false = false;

template <typename T>
concept OneByte = std::same_as<T, std::byte> || std::same_as<T, std::uint8_t>;

}  // namespace detail

template <typename T>
concept WholeNumber = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;
template <typename T>
concept OptionalValue = detail::is_a<T, std::optional>;
template <typename T>
concept VariantValue = detail::is_a<T, std::variant>;
template <typename T>
concept IdValue = detail::is_a<T, Id>;
// Bytes, and arrays of bytes such as a Digest.
template <typename T>
concept BytesValue =
    std::same_as<T, Bytes> || (detail::is_array<T> && detail::OneByte<typename T::value_type>);
template <typename T>
concept ArrayValue = detail::is_array<T> && !BytesValue<T>;
// std::map and its like: ordered, so that the same content has the same text and bytes.
template <typename T>
concept MapValue = requires {
  typename T::key_type;
  typename T::mapped_type;
  typename T::key_compare;
};
template <typename T>
concept SetValue = !MapValue<T> && requires {
  typename T::key_type;
  typename T::key_compare;
};
// std::vector and std::deque.
template <typename T>
concept ListValue = !BytesValue<T> && !std::same_as<T, std::string> && !detail::is_array<T> &&
                    requires(T list) { list.push_back(std::declval<typename T::value_type>()); };

template <typename T>
concept HasOwnReader = requires(const Document& document) {
  { read_value(document, std::type_identity<T>{}) } -> std::same_as<Result<T>>;
};
template <typename T>
concept HasOwnText = requires(const T& value) {
  { text_of(value) } -> std::convertible_to<std::string_view>;
};
template <typename T>
concept HasOwnSchema = requires {
  { schema_of(std::type_identity<T>{}) } -> std::convertible_to<std::string_view>;
};

// What the end of a member's name says about its number: "grace_s", "age_us", "memory_bytes".
enum class Unit : std::uint8_t { none, seconds, microseconds, bytes, micro_cny };

constexpr Unit unit_of(std::string_view member_name) {
  if (member_name.ends_with("_us")) return Unit::microseconds;
  if (member_name.ends_with("_s")) return Unit::seconds;
  if (member_name.ends_with("_bytes")) return Unit::bytes;
  if (member_name.ends_with("_micro_cny")) return Unit::micro_cny;
  return Unit::none;
}

}  // namespace weir::base
