// Described structs as compact bytes, for the journal, snapshots and between processes.
//
// Whole numbers are varints (7 bits a byte, low first; signed ones zigzag), text, bytes and
// containers are counted, an optional has one byte before it, double is 8 bytes, low first. A
// struct is the number of its members, then each in the order of the description; a variant the
// index of its alternative, then that. There are no names inside, so descriptions and variants may
// only grow at their end: a newer reader leaves members an older writer did not know at their
// defaults, an older reader refuses what a newer writer wrote.
//
// One value has exactly one form, so equal values have equal bytes and a hash over bytes is a hash
// over values. Reading is safe on any bytes: it never trusts a count further than the bytes that
// are there.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/shape.h"
#include "base/wire_source.h"

namespace weir::base {

// Appends to `out`.
template <typename T>
void write_wire(std::string& out, const T& value);
template <typename T>
[[nodiscard]] std::string to_wire(const T& value);
// Reads one value off the front of `in` and moves `in` behind it. On failure (invalid) `in` stays.
template <typename T>
[[nodiscard]] Result<T> read_wire(std::string_view& in);
// Reads one value that is all of `bytes`.
template <typename T>
[[nodiscard]] Result<T> from_wire(std::string_view bytes);

// ---- how

namespace detail {

inline void put_varint(std::string& out, std::uint64_t value) {
  if (value < 0x80U) return out.push_back(static_cast<char>(value));  // most are small
  std::array<char, 10> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): written below
  std::size_t size = 0;
  while (value >= 0x80U) {
    bytes[size++] = static_cast<char>(static_cast<unsigned char>(value | 0x80U));
    value >>= 7U;
  }
  bytes[size++] = static_cast<char>(static_cast<unsigned char>(value));
  out.append(bytes.data(), size);
}

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

template <typename T>
bool get(WireSource& in, T& out);

template <typename T, typename Member>
bool get_member(WireSource& in, T& object, std::uint64_t& left) {
  if (left == 0) return true;
  --left;
  return get(in, object.*Member::pointer);
}

template <DescribedStruct T>
bool get_struct(WireSource& in, T& out) {
  std::uint64_t members = 0;
  if (!in.enter() || !in.varint(members)) return false;
  if (members > member_count<T>)
    return in.wrong("was written by a newer version, with more members");
  const bool good =
      [&]<template <typename...> typename List, typename... Members>(List<Members...>) {
        return (get_member<T, Members>(in, out, members) && ...);
      }(MembersOf<T>{});
  in.leave();
  return good;
}

template <typename... Alternatives>
bool get_variant(WireSource& in, std::variant<Alternatives...>& out) {
  std::uint64_t chosen = 0;
  if (!in.varint(chosen)) return false;
  if (chosen >= sizeof...(Alternatives)) {
    return in.wrong("was written by a newer version, with more kinds");
  }
  std::uint64_t index = 0;
  bool good = false;
  const auto try_one = [&]<typename T>(std::type_identity<T>) {
    if (index++ == chosen) good = get(in, out.template emplace<T>());
  };
  (try_one(std::type_identity<Alternatives>{}), ...);
  return good;
}

template <typename T>
bool get_number(WireSource& in, T& out) {
  std::uint64_t bits = 0;
  if (!in.varint(bits)) return false;
  if constexpr (std::is_signed_v<T>) {
    const std::int64_t value = unzigzag(bits);
    if (!std::in_range<T>(value)) return in.wrong("holds a number out of its range");
    out = static_cast<T>(value);
  } else {
    if (!std::in_range<T>(bits)) return in.wrong("holds a number out of its range");
    out = static_cast<T>(bits);
  }
  return true;
}

template <DescribedEnum T>
bool get_enum(WireSource& in, T& out) {
  std::underlying_type_t<T> number{};
  if (!get_number(in, number)) return false;
  out = static_cast<T>(number);
  if (enum_name(out).empty()) return in.wrong("was written by a newer version, with more values");
  return true;
}

// Keys must rise: then one map has one form.
template <typename T>
bool get_ordered(WireSource& in, T& out) {
  std::uint64_t count = 0;
  if (!in.enter() || !in.count(count)) return false;
  out.clear();
  for (; count > 0; --count) {
    typename T::key_type key{};
    if (!get(in, key)) return false;
    if (!out.empty() && !out.key_comp()(
                            *[&] {
                              if constexpr (MapValue<T>) {
                                return &std::prev(out.end())->first;
                              } else {
                                return &*std::prev(out.end());
                              }
                            }(),
                            key)) {
      return in.wrong("holds keys out of order");
    }
    if constexpr (MapValue<T>) {
      typename T::mapped_type value{};
      if (!get(in, value)) return false;
      out.emplace_hint(out.end(), std::move(key), std::move(value));
    } else {
      out.emplace_hint(out.end(), std::move(key));
    }
  }
  in.leave();
  return true;
}

template <typename T>
bool get_list(WireSource& in, T& out) {
  std::uint64_t count = 0;
  if (!in.enter() || !in.count(count)) return false;
  out.clear();
  for (; count > 0; --count) {
    if (!get(in, out.emplace_back())) return false;
  }
  in.leave();
  return true;
}

template <typename T>
bool get_text(WireSource& in, T& out) {
  std::uint64_t size = 0;
  std::string_view bytes;
  if (!in.count(size) || !in.raw(size, bytes)) return false;
  using Letter = typename T::value_type;
  const std::span letters(reinterpret_cast<const Letter*>(bytes.data()), bytes.size());
  out.assign(letters.begin(), letters.end());
  return true;
}

template <typename T>
bool get_fixed_bytes(WireSource& in, T& out) {
  std::string_view bytes;
  if (!in.raw(out.size(), bytes)) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<typename T::value_type>(static_cast<unsigned char>(bytes[i]));
  }
  return true;
}

inline bool get_double(WireSource& in, double& out) {
  std::array<unsigned char, 8> bytes{};
  if (!get_fixed_bytes(in, bytes)) return false;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) bits |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  out = std::bit_cast<double>(bits);
  return true;
}

template <typename T>
bool get(WireSource& in, T& out) {
  if constexpr (std::same_as<T, bool>) {
    return in.flag(out);
  } else if constexpr (WholeNumber<T>) {
    return get_number(in, out);
  } else if constexpr (std::same_as<T, double>) {
    return get_double(in, out);
  } else if constexpr (IdValue<T>) {
    return get_number(in, out.value);
  } else if constexpr (std::same_as<T, std::string> || std::same_as<T, Bytes>) {
    return get_text(in, out);
  } else if constexpr (std::same_as<T, Duration> || std::same_as<T, Time>) {
    std::int64_t us = 0;
    const bool good = get_number(in, us);
    out = T(Duration(us));
    return good;
  } else if constexpr (DescribedEnum<T>) {
    return get_enum(in, out);
  } else if constexpr (OptionalValue<T>) {
    bool has_value = false;
    if (!in.flag(has_value)) return false;
    out.reset();
    return !has_value || get(in, out.emplace());
  } else if constexpr (VariantValue<T>) {
    return get_variant(in, out);
  } else if constexpr (DescribedStruct<T>) {
    return get_struct(in, out);
  } else if constexpr (BytesValue<T>) {
    return get_fixed_bytes(in, out);
  } else if constexpr (ArrayValue<T>) {
    for (auto& item : out) {
      if (!get(in, item)) return false;
    }
    return true;
  } else if constexpr (MapValue<T> || SetValue<T>) {
    return get_ordered(in, out);
  } else if constexpr (ListValue<T>) {
    return get_list(in, out);
  } else {
    static_assert(always_false<T>, "this type has no shape for the wire; see base/shape.h");
  }
}

template <typename T>
void put_number(std::string& out, T value) {
  if constexpr (std::is_signed_v<T>) {
    put_varint(out, zigzag(value));
  } else {
    put_varint(out, value);
  }
}

inline void put_double(std::string& out, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out += static_cast<char>(static_cast<unsigned char>(bits >> shift));
  }
}

template <typename T>
void put_raw(std::string& out, const T& bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <DescribedStruct T>
void put_struct(std::string& out, const T& value) {
  put_varint(out, member_count<T>);
  [&]<template <typename...> typename List, typename... Members>(List<Members...>) {
    (write_wire(out, value.*Members::pointer), ...);
  }(MembersOf<T>{});
}

template <MapValue T>
void put_map(std::string& out, const T& map) {
  put_varint(out, map.size());
  for (const auto& [key, item] : map) {
    write_wire(out, key);
    write_wire(out, item);
  }
}

template <typename T>
void put_items(std::string& out, const T& items) {
  for (const auto& item : items) write_wire(out, item);
}

}  // namespace detail

template <typename T>
void write_wire(std::string& out, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    out += value ? '\1' : '\0';
  } else if constexpr (WholeNumber<T>) {
    detail::put_number(out, value);
  } else if constexpr (std::same_as<T, double>) {
    detail::put_double(out, value);
  } else if constexpr (IdValue<T>) {
    detail::put_number(out, value.value);
  } else if constexpr (std::same_as<T, std::string> || std::same_as<T, Bytes>) {
    detail::put_varint(out, value.size());
    detail::put_raw(out, value);
  } else if constexpr (std::same_as<T, Duration> || std::same_as<T, Time>) {
    detail::put_number(out, to_us(value));
  } else if constexpr (DescribedEnum<T>) {
    detail::put_number(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (OptionalValue<T>) {
    out += value ? '\1' : '\0';
    if (value) write_wire(out, *value);
  } else if constexpr (VariantValue<T>) {
    detail::put_varint(out, value.index());
    std::visit([&](const auto& alternative) { write_wire(out, alternative); }, value);
  } else if constexpr (DescribedStruct<T>) {
    detail::put_struct(out, value);
  } else if constexpr (BytesValue<T>) {
    detail::put_raw(out, value);
  } else if constexpr (ArrayValue<T>) {
    detail::put_items(out, value);
  } else if constexpr (MapValue<T>) {
    detail::put_map(out, value);
  } else if constexpr (SetValue<T> || ListValue<T>) {
    detail::put_varint(out, value.size());
    detail::put_items(out, value);
  } else {
    static_assert(detail::always_false<T>, "this type has no shape for the wire; see base/shape.h");
  }
}

template <typename T>
std::string to_wire(const T& value) {
  std::string out;
  write_wire(out, value);
  return out;
}

template <typename T>
Result<T> read_wire(std::string_view& in) {
  detail::WireSource source(in);
  T value{};
  if (!detail::get(source, value)) return fail(source.error(in.size()));
  in.remove_prefix(in.size() - source.left());
  return value;
}

template <typename T>
Result<T> from_wire(std::string_view bytes) {
  std::string_view rest = bytes;
  Result<T> value = read_wire<T>(rest);
  if (value && !rest.empty()) {
    return fail(ErrorCode::invalid, "has " + std::to_string(rest.size()) + " bytes after its end");
  }
  return value;
}

}  // namespace weir::base
