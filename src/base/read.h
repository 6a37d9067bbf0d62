// Reads described structs out of a parsed text, with errors that say where and what would work.
//
//   struct Limits { std::optional<Duration> time; };
//   WEIR_DESCRIBE(Limits, time)
//   Result<Limits> limits = read_document<Limits>(document);
//
// A field that is missing or null keeps the value its member starts with. A struct names the fields
// it cannot do without: `static constexpr std::array<std::string_view, 1> required_fields{"run"};`.
// Every problem of a document is found in one pass; read_document returns the first, in the order
// of the text, check_document all of them.
//
// Shapes: bool, whole numbers (held to their range), double, text, optional, vector, deque, set,
// array, map (keys: text, whole numbers, ids, enums), described structs and enums, Duration, Time,
// Id, bytes as hex, variants of described structs (the field "type" says which). A number whose
// member ends in `_bytes` also takes "256GiB", one whose member ends in `_micro_cny` "12.50 CNY"; a
// Duration takes "1h30m" or a number of seconds (of microseconds, if its member ends in `_us`).
// Other forms: give the type a read_value (shape.h). It fails without place and field: the reader
// adds both.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/document.h"
#include "base/reader.h"
#include "base/shape.h"

namespace weir::base {

template <typename T>
[[nodiscard]] Result<T> read_document(const Document& document);
// All problems, at most 100; none: the document reads as T.
template <typename T>
[[nodiscard]] std::vector<Error> check_document(const Document& document);
// Reads a described struct by its members even where it has a read_value: for a read_value that
// takes a short text or the full form.
template <DescribedStruct T>
[[nodiscard]] Result<T> read_members(const Document& document);

// ---- how

namespace detail {

template <typename T>
void read_into(Reader& reader, const Document& document, T& out);

template <typename T>
constexpr bool is_required(std::string_view name) {
  if constexpr (requires { T::required_fields; }) {
    for (std::string_view required : T::required_fields) {
      if (required == name) return true;
    }
  }
  return false;
}

template <typename T, typename Member>
void read_member(Reader& reader, const Document& document, void* object) {
  read_into(reader, document, static_cast<T*>(object)->*Member::pointer);
}

template <typename T, typename List = MembersOf<T>>
struct FieldTable;
template <typename T, template <typename...> typename List, typename... Members>
struct FieldTable<T, List<Members...>> {
  static constexpr std::array<Reader::Field, sizeof...(Members)> fields{Reader::Field{
      member_name<Members>, &read_member<T, Members>, is_required<T>(member_name<Members>)}...};
};

template <DescribedStruct T>
void read_struct(Reader& reader, const Document& document, T& out, bool with_type = false) {
  reader.read_fields(document, FieldTable<T>::fields, &out, with_type);
}

template <typename T>
  requires WholeNumber<T>
void read_whole_number(Reader& reader, const Document& document, T& out) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_signed_v<T>) {
    std::int64_t value = 0;
    if (reader.read_signed(document, Limits::min(), Limits::max(), value)) {
      out = static_cast<T>(value);
    }
  } else {
    std::uint64_t value = 0;
    if (reader.read_unsigned(document, Limits::max(), value)) out = static_cast<T>(value);
  }
}

template <typename... Alternatives>
void read_variant(Reader& reader, const Document& document, std::variant<Alternatives...>& out) {
  const std::array<std::string_view, sizeof...(Alternatives)> names{type_key<Alternatives>()...};
  const std::size_t chosen = reader.read_type(document, names);
  std::size_t index = 0;
  const auto try_one = [&]<typename T>(std::type_identity<T>) {
    if (index++ == chosen) read_struct(reader, document, out.template emplace<T>(), true);
  };
  (try_one(std::type_identity<Alternatives>{}), ...);
}

template <typename Key>
bool read_key(Reader& reader, const Document& key, Key& out) {
  const std::size_t errors_before = reader.errors().size();
  if constexpr (std::same_as<Key, std::string>) {
    out = std::string(key.text());
  } else if constexpr (WholeNumber<Key> || IdValue<Key>) {
    auto number = parse_yaml(key.text(), {});
    if (number && number->is(DocumentKind::integer)) {
      read_into(reader, *number, out);
    } else {
      reader.problem(key, "the key is text, expected a whole number");
    }
  } else {
    read_into(reader, key, out);
  }
  return reader.errors().size() == errors_before;
}

template <typename Map>
void read_map(Reader& reader, const Document& document, Map& out) {
  if (!document.is(DocumentKind::map)) return reader.wrong_kind(document, "a map");
  for (const DocumentEntry& entry : document.entries()) {
    const Reader::Step step(reader, entry.key.text());
    typename Map::key_type key{};
    if (read_key(reader, entry.key, key)) read_into(reader, entry.value, out[std::move(key)]);
  }
}

template <typename List>
void read_list(Reader& reader, const Document& document, List& out) {
  if (!document.is(DocumentKind::list)) return reader.wrong_kind(document, "a list");
  std::size_t index = 0;
  for (const Document& item : document.items()) {
    const Reader::Step step(reader, index++);
    typename List::value_type value{};
    read_into(reader, item, value);
    if constexpr (SetValue<List>) {
      out.insert(std::move(value));
    } else {
      out.push_back(std::move(value));
    }
  }
}

template <typename T, std::size_t N>
void read_array(Reader& reader, const Document& document, std::array<T, N>& out) {
  if (!document.is(DocumentKind::list)) return reader.wrong_kind(document, "a list");
  if (document.items().size() != N) {
    return reader.problem(document, "has " + std::to_string(document.items().size()) +
                                        " items, expected " + std::to_string(N));
  }
  for (std::size_t index = 0; index < N; ++index) {
    const Reader::Step step(reader, index);
    read_into(reader, document.items()[index], out[index]);
  }
}

template <typename T>
void read_into(Reader& reader, const Document& document, T& out) {
  if constexpr (OptionalValue<T>) {
    out.reset();
    if (!document.is(DocumentKind::null)) read_into(reader, document, out.emplace());
  } else if (document.is(DocumentKind::null)) {
    return;  // null asks for the default
  } else if constexpr (HasOwnReader<T>) {
    Result<T> value = read_value(document, std::type_identity<T>{});
    if (value) {
      out = *std::move(value);
    } else {
      reader.problem(document, std::move(value).error());
    }
  } else if constexpr (WholeNumber<T>) {
    read_whole_number(reader, document, out);
  } else if constexpr (IdValue<T>) {
    read_whole_number(reader, document, out.value);
  } else if constexpr (DescribedEnum<T>) {
    const std::size_t index = reader.read_name(document, enum_names<T>());
    if (index < EnumTable<T>::values.size()) out = EnumTable<T>::values[index];
  } else if constexpr (DescribedStruct<T>) {
    read_struct(reader, document, out);
  } else if constexpr (VariantValue<T>) {
    read_variant(reader, document, out);
  } else if constexpr (std::same_as<T, Bytes>) {
    reader.read_bytes(document, out);
  } else if constexpr (BytesValue<T>) {
    reader.read_bytes(document, std::as_writable_bytes(std::span(out)));
  } else if constexpr (ArrayValue<T>) {
    read_array(reader, document, out);
  } else if constexpr (MapValue<T>) {
    out.clear();
    read_map(reader, document, out);
  } else if constexpr (SetValue<T> || ListValue<T>) {
    out.clear();
    read_list(reader, document, out);
  } else if constexpr (requires { reader.read(document, out); }) {
    reader.read(document, out);
  } else {
    static_assert(always_false<T>, "this type has no shape that can be read; see base/shape.h");
  }
}

}  // namespace detail

template <typename T>
Result<T> read_document(const Document& document) {
  Reader reader;
  T value{};
  detail::read_into(reader, document, value);
  if (!reader.errors().empty()) return fail(std::move(reader.take_errors().front()));
  return value;
}

template <typename T>
std::vector<Error> check_document(const Document& document) {
  Reader reader;
  T value{};
  detail::read_into(reader, document, value);
  return reader.take_errors();
}

template <DescribedStruct T>
Result<T> read_members(const Document& document) {
  Reader reader;
  T value{};
  detail::read_struct(reader, document, value);
  if (!reader.errors().empty()) return fail(std::move(reader.take_errors().front()));
  return value;
}

}  // namespace weir::base
