// Each struct is described once; everything else is derived from that description.
//
// WEIR_DESCRIBE lists the members of a plain struct, WEIR_DESCRIBE_ENUM the values of an enum. From
// those two lists come the reader of YAML and JSON (read.h), the JSON writer (json.h), the compact
// binary form (wire.h) and the schema (schema.h). This file knows names only, no form of text.
//
//   struct Limits {
//     std::optional<Duration> time;
//     std::int64_t cost_micro_cny = 0;
//   };
//   WEIR_DESCRIBE(Limits, time, cost_micro_cny)   // right after the struct, in its namespace
#pragma once

#include <array>
#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

// Order is meaning: wire.h writes members in this order, so a list may only grow at its end.
#define WEIR_DESCRIBE(Type, ...)                 \
  BOOST_DESCRIBE_STRUCT(Type, (), (__VA_ARGS__)) \
  [[maybe_unused]] constexpr std::string_view weir_type_name(const Type*) { return #Type; }

#define WEIR_DESCRIBE_ENUM(Enum, ...)    \
  BOOST_DESCRIBE_ENUM(Enum, __VA_ARGS__) \
  [[maybe_unused]] constexpr std::string_view weir_type_name(const Enum*) { return #Enum; }

namespace weir::base {

template <typename T>
concept DescribedStruct =
    std::is_class_v<T> && boost::describe::has_describe_members<std::remove_cv_t<T>>::value;
template <typename T>
concept DescribedEnum =
    std::is_enum_v<T> && boost::describe::has_describe_enumerators<std::remove_cv_t<T>>::value;

// The list of a struct's members: each has ::pointer and ::name.
template <DescribedStruct T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public>;
template <DescribedStruct T>
inline constexpr std::size_t member_count = boost::mp11::mp_size<MembersOf<T>>::value;
template <DescribedEnum E>
using ValuesOf = boost::describe::describe_enumerators<E>;

// A name as text shows it: `default_` is written so only because `default` is a keyword.
constexpr std::string_view without_keyword_mark(std::string_view name) {
  if (name.size() > 1 && name.back() == '_') name.remove_suffix(1);
  return name;
}
template <typename Member>
inline constexpr std::string_view member_name = without_keyword_mark(Member::name);

// The name of a described type without its namespace: "JobSubmitted".
template <typename T>
constexpr std::string_view type_name() {
  return weir_type_name(static_cast<const T*>(nullptr));
}

// The same in snake case, "job_submitted": the "type" of an alternative of a variant.
template <typename T>
std::string_view type_key();

// The text form of an enum's value: its C++ name with '_' shown as '-', "site_lost" as "site-lost".
// A value that is not in the description gives "".
template <DescribedEnum E>
[[nodiscard]] constexpr std::string_view enum_name(E value);
// The value of that name; '_' is taken for '-'. None: no such value.
template <DescribedEnum E>
[[nodiscard]] constexpr std::optional<E> enum_from(std::string_view name);
// All names, in the order of the description.
template <DescribedEnum E>
[[nodiscard]] constexpr const auto& enum_names();

// ---- how

namespace detail {

template <typename Value>
struct EnumText {
  static constexpr std::string_view source = without_keyword_mark(Value::name);
  static constexpr auto letters = [] {
    std::array<char, source.size()> out{};
    for (std::size_t i = 0; i < source.size(); ++i) out[i] = source[i] == '_' ? '-' : source[i];
    return out;
  }();
  static constexpr std::string_view text{letters.data(), letters.size()};
};

template <typename E, typename List = ValuesOf<E>>
struct EnumTable;
template <typename E, template <typename...> typename List, typename... Values>
struct EnumTable<E, List<Values...>> {
  static constexpr std::array<std::string_view, sizeof...(Values)> names{EnumText<Values>::text...};
  static constexpr std::array<E, sizeof...(Values)> values{Values::value...};
};

constexpr bool same_name(std::string_view known, std::string_view given) {
  if (known.size() != given.size()) return false;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] != (given[i] == '_' ? '-' : given[i])) return false;
  }
  return true;
}

std::string snake_case(std::string_view pascal_case);

}  // namespace detail

template <typename T>
std::string_view type_key() {
  static const std::string key = detail::snake_case(type_name<T>());
  return key;
}

template <DescribedEnum E>
constexpr std::string_view enum_name(E value) {
  using Table = detail::EnumTable<E>;
  for (std::size_t i = 0; i < Table::values.size(); ++i) {
    if (Table::values[i] == value) return Table::names[i];
  }
  return {};
}

template <DescribedEnum E>
constexpr std::optional<E> enum_from(std::string_view name) {
  using Table = detail::EnumTable<E>;
  for (std::size_t i = 0; i < Table::names.size(); ++i) {
    if (detail::same_name(Table::names[i], name)) return Table::values[i];
  }
  return std::nullopt;
}

template <DescribedEnum E>
constexpr const auto& enum_names() {
  return detail::EnumTable<E>::names;
}

}  // namespace weir::base
