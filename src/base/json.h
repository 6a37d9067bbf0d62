// Described structs as JSON text.
//
// Objects in the order of the description, nothing between tokens, optional values left out where
// there are none. Duration: a number of seconds where the member ends in `_s`, of microseconds
// where it ends in `_us`, else exact text ("1h30m"). Time: RFC 3339 in UTC. Id: its number. Bytes:
// hex. A variant is its alternative's object with a first field "type", the alternative's name in
// snake case. Numbers that are not finite are null. What is written reads back as the same value.
#pragma once

#include <string>
#include <string_view>

#include "base/document.h"
#include "base/read.h"
#include "base/shape.h"

namespace weir::base {

// Appends to `out`.
template <typename T>
void write_json(std::string& out, const T& value, Unit unit = Unit::none);
template <typename T>
[[nodiscard]] std::string to_json(const T& value);
// Reads one JSON text. Fails: invalid with line, column and field; too_large over `limits`.
template <typename T>
[[nodiscard]] Result<T> from_json(std::string_view text, DocumentLimits limits = {});

// The parts, for those who put JSON together by hand (the event stream, problem details).
// Quoted and escaped; bytes that are no UTF-8 become U+FFFD, so the result is always valid JSON.
void append_json_text(std::string& out, std::string_view text);
void append_json_number(std::string& out, std::int64_t number);
void append_json_number(std::string& out, std::uint64_t number);
void append_json_number(std::string& out, double number);
void append_json_time(std::string& out, Time time);
void append_json_duration(std::string& out, Duration duration, Unit unit);
void append_json_bytes(std::string& out, std::span<const std::byte> bytes);

// ---- how

namespace detail {

// `"name":` of a member, put together at compile time.
template <typename Member>
struct MemberPrefix {
  static constexpr std::string_view name = member_name<Member>;
  static constexpr auto letters = [] {
    std::array<char, name.size() + 3> out{};
    out[0] = '"';
    for (std::size_t i = 0; i < name.size(); ++i) out[i + 1] = name[i];
    out[name.size() + 1] = '"';
    out[name.size() + 2] = ':';
    return out;
  }();
  static constexpr std::string_view text{letters.data(), letters.size()};
};

template <typename Member, typename T>
void write_json_member(std::string& out, const T& object) {
  const auto& value = object.*Member::pointer;
  if constexpr (OptionalValue<std::remove_cvref_t<decltype(value)>>) {
    if (!value) return;
  }
  if (out.back() != '{') out += ',';
  out += MemberPrefix<Member>::text;
  constexpr Unit unit = unit_of(member_name<Member>);
  write_json(out, value, unit);
}

template <typename T>
void write_json_members(std::string& out, const T& object) {
  [&]<template <typename...> typename List, typename... Members>(List<Members...>) {
    (write_json_member<Members>(out, object), ...);
  }(MembersOf<T>{});
}

template <typename T>
void write_json_key(std::string& out, const T& key) {
  if constexpr (WholeNumber<T> || IdValue<T>) {
    out += '"';
    write_json(out, key);
    out += '"';
  } else {
    write_json(out, key);
  }
}

template <typename T>
void write_json_list(std::string& out, const T& list, Unit unit) {
  out += '[';
  bool first = true;
  for (const auto& item : list) {
    if (!first) out += ',';
    first = false;
    write_json(out, item, unit);
  }
  out += ']';
}

template <typename T>
void write_json_map(std::string& out, const T& map, Unit unit) {
  out += '{';
  bool first = true;
  for (const auto& [key, item] : map) {
    if (!first) out += ',';
    first = false;
    write_json_key(out, key);
    out += ':';
    write_json(out, item, unit);
  }
  out += '}';
}

}  // namespace detail

template <typename T>
void write_json(std::string& out, const T& value, Unit unit) {
  if constexpr (HasOwnText<T>) {
    append_json_text(out, text_of(value));
  } else if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (WholeNumber<T>) {
    if constexpr (std::is_signed_v<T>) {
      append_json_number(out, static_cast<std::int64_t>(value));
    } else {
      append_json_number(out, static_cast<std::uint64_t>(value));
    }
  } else if constexpr (std::same_as<T, double>) {
    append_json_number(out, value);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    append_json_text(out, value);
  } else if constexpr (IdValue<T>) {
    append_json_number(out, value.value);
  } else if constexpr (std::same_as<T, Duration>) {
    append_json_duration(out, value, unit);
  } else if constexpr (std::same_as<T, Time>) {
    append_json_time(out, value);
  } else if constexpr (OptionalValue<T>) {
    if (value) {
      write_json(out, *value, unit);
    } else {
      out += "null";
    }
  } else if constexpr (DescribedEnum<T>) {
    append_json_text(out, enum_name(value));
  } else if constexpr (VariantValue<T>) {
    std::visit(
        [&]<typename A>(const A& alternative) {
          out += R"({"type":)";
          append_json_text(out, type_key<A>());
          detail::write_json_members(out, alternative);
          out += '}';
        },
        value);
  } else if constexpr (DescribedStruct<T>) {
    out += '{';
    detail::write_json_members(out, value);
    out += '}';
  } else if constexpr (BytesValue<T>) {
    append_json_bytes(out, std::as_bytes(std::span(value)));
  } else if constexpr (MapValue<T>) {
    detail::write_json_map(out, value, unit);
  } else if constexpr (SetValue<T> || ListValue<T> || ArrayValue<T>) {
    detail::write_json_list(out, value, unit);
  } else {
    static_assert(detail::always_false<T>,
                  "this type has no shape JSON can show; see base/shape.h");
  }
}

template <typename T>
std::string to_json(const T& value) {
  std::string out;
  write_json(out, value);
  return out;
}

template <typename T>
Result<T> from_json(std::string_view text, DocumentLimits limits) {
  Result<Document> document = parse_json(text, {}, limits);
  if (!document) return fail(std::move(document).error());
  return read_document<T>(*document);
}

}  // namespace weir::base
