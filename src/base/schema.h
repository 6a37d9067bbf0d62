// JSON Schema (the dialect of OpenAPI 3.1) of described structs.
//
// Structs and enums become named components, referred to by "#/components/schemas/NAME"; the rest
// is written in place. A field is required only where its struct says so (read.h); the value its
// member starts with is shown as "default".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/shape.h"

namespace weir::base {

// Collects the components that schemas refer to.
class Schemas {
 public:
  // Name of a described type to its schema, JSON text.
  [[nodiscard]] const std::map<std::string, std::string>& components() const { return components_; }

  // True where the component is new and add() must follow. Two types of one name are our mistake.
  [[nodiscard]] bool begin(std::string_view name, const void* type);
  void add(std::string_view name, std::string schema);

 private:
  std::map<std::string, std::string> components_;
  std::map<std::string, const void*, std::less<>> types_;
};

// The schema of T as JSON text; what it refers to is added to `schemas`.
template <typename T>
[[nodiscard]] std::string json_schema(Schemas& schemas, Unit unit = Unit::none);

// ---- how

namespace detail {

[[nodiscard]] std::string reference_schema(std::string_view name);
[[nodiscard]] std::string whole_number_schema(std::int64_t least, std::uint64_t most, Unit unit);
[[nodiscard]] std::string duration_schema(Unit unit);
[[nodiscard]] std::string time_schema();
[[nodiscard]] std::string bytes_schema(std::size_t size);  // 0: any number
[[nodiscard]] std::string enum_schema(std::span<const std::string_view> names);
[[nodiscard]] std::string list_schema(const std::string& items, std::size_t size, bool unique);
[[nodiscard]] std::string map_schema(const std::string& items);

// Puts the schema of an object together, field by field.
class ObjectSchema {
 public:
  // `type`: the value of a first field "type", or "".
  explicit ObjectSchema(std::string_view type);
  // `default_json` may be "": none is shown.
  void field(std::string_view name, const std::string& schema, const std::string& default_json,
             bool required);
  [[nodiscard]] std::string text() const;

 private:
  std::string properties_;
  std::string required_;
};
[[nodiscard]] std::string variant_schema(std::span<const std::string> components,
                                         std::span<const std::string_view> keys);

template <typename T>
inline constexpr char type_mark = 0;  // its address tells types apart

template <typename T>
std::string object_schema(Schemas& schemas, std::string_view type) {
  ObjectSchema object(type);
  const T example{};
  const auto add_member = [&]<typename Member>(Member) {
    using Value = std::remove_cvref_t<decltype(example.*Member::pointer)>;
    constexpr Unit unit = unit_of(member_name<Member>);
    std::string default_json;
    if constexpr (!OptionalValue<Value> && !VariantValue<Value> &&
                  (HasOwnText<Value> || !DescribedStruct<Value>)) {
      write_json(default_json, example.*Member::pointer, unit);
    }
    object.field(member_name<Member>, json_schema<Value>(schemas, unit), default_json,
                 is_required<T>(member_name<Member>));
  };
  [&]<template <typename...> typename List, typename... Members>(List<Members...>) {
    (add_member(Members{}), ...);
  }(MembersOf<T>{});
  return object.text();
}

template <typename T>
std::string struct_schema(Schemas& schemas) {
  if (schemas.begin(type_name<T>(), &type_mark<T>)) {
    schemas.add(type_name<T>(), object_schema<T>(schemas, {}));
  }
  return reference_schema(type_name<T>());
}

// An alternative is its struct with a "type", so it is a component of its own.
template <typename T>
std::string alternative_schema(Schemas& schemas) {
  std::string name = std::string(type_name<T>()) + "Case";
  if (schemas.begin(name, &type_mark<std::type_identity<T>>)) {
    schemas.add(name, object_schema<T>(schemas, type_key<T>()));
  }
  return name;
}

template <typename... Alternatives>
std::string schema_of_variant(Schemas& schemas, std::type_identity<std::variant<Alternatives...>>) {
  const std::array<std::string, sizeof...(Alternatives)> components{
      alternative_schema<Alternatives>(schemas)...};
  const std::array<std::string_view, sizeof...(Alternatives)> keys{type_key<Alternatives>()...};
  return variant_schema(components, keys);
}

}  // namespace detail

template <typename T>
std::string json_schema(Schemas& schemas, Unit unit) {
  if constexpr (HasOwnSchema<T>) {
    return std::string(schema_of(std::type_identity<T>{}));
  } else if constexpr (OptionalValue<T>) {
    return json_schema<typename T::value_type>(schemas, unit);
  } else if constexpr (HasOwnText<T>) {
    return R"({"type":"string"})";
  } else if constexpr (std::same_as<T, bool>) {
    return R"({"type":"boolean"})";
  } else if constexpr (WholeNumber<T>) {
    using Limits = std::numeric_limits<T>;
    return detail::whole_number_schema(static_cast<std::int64_t>(Limits::min()),
                                       static_cast<std::uint64_t>(Limits::max()), unit);
  } else if constexpr (IdValue<T>) {
    return detail::whole_number_schema(0, std::numeric_limits<std::uint64_t>::max(), Unit::none);
  } else if constexpr (std::same_as<T, double>) {
    return R"({"type":"number"})";
  } else if constexpr (std::same_as<T, std::string>) {
    return R"({"type":"string"})";
  } else if constexpr (std::same_as<T, Duration>) {
    return detail::duration_schema(unit);
  } else if constexpr (std::same_as<T, Time>) {
    return detail::time_schema();
  } else if constexpr (DescribedEnum<T>) {
    if (schemas.begin(type_name<T>(), &detail::type_mark<T>)) {
      schemas.add(type_name<T>(), detail::enum_schema(enum_names<T>()));
    }
    return detail::reference_schema(type_name<T>());
  } else if constexpr (VariantValue<T>) {
    return detail::schema_of_variant(schemas, std::type_identity<T>{});
  } else if constexpr (DescribedStruct<T>) {
    return detail::struct_schema<T>(schemas);
  } else if constexpr (std::same_as<T, Bytes>) {
    return detail::bytes_schema(0);
  } else if constexpr (BytesValue<T>) {
    return detail::bytes_schema(std::tuple_size_v<T>);
  } else if constexpr (MapValue<T>) {
    return detail::map_schema(json_schema<typename T::mapped_type>(schemas, unit));
  } else if constexpr (ArrayValue<T>) {
    return detail::list_schema(json_schema<typename T::value_type>(schemas, unit),
                               std::tuple_size_v<T>, false);
  } else if constexpr (ListValue<T> || SetValue<T>) {
    return detail::list_schema(json_schema<typename T::value_type>(schemas, unit), 0, SetValue<T>);
  } else {
    static_assert(detail::always_false<T>, "this type has no schema; see base/shape.h");
  }
}

}  // namespace weir::base
