#include "backend/kubernetes/json_reading.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "base/time.h"

namespace weir::backend::kubernetes {

namespace json = boost::json;

base::Result<json::value> parse_answer(std::string_view text) {
  json::parse_options options;
  options.max_depth = 64;  // what fields an object's writers set is nested as deep as the object
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) {
    return base::fail(base::ErrorCode::invalid, "the answer is not JSON: " + error.message());
  }
  return value;
}

const json::value* find_at(const json::value& value, Path path) {
  const json::value* at = &value;
  for (const std::string_view name : path) {
    const json::object* const object = at->if_object();
    if (object == nullptr) return nullptr;
    at = object->if_contains(json::string_view(name.data(), name.size()));
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string text_at(const json::value& value, Path path) {
  const json::value* const found = find_at(value, path);
  const json::string* const text = found != nullptr ? found->if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

std::optional<std::int64_t> number_at(const json::value& value, Path path) {
  const json::value* const found = find_at(value, path);
  const std::int64_t* const number = found != nullptr ? found->if_int64() : nullptr;
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

bool flag_at(const json::value& value, Path path) {
  const json::value* const found = find_at(value, path);
  const bool* const flag = found != nullptr ? found->if_bool() : nullptr;
  return flag != nullptr && *flag;
}

const json::array& list_at(const json::value& value, Path path) {
  static const json::array none;
  const json::value* const found = find_at(value, path);
  const json::array* const list = found != nullptr ? found->if_array() : nullptr;
  return list != nullptr ? *list : none;
}

const json::object& object_at(const json::value& value, Path path) {
  static const json::object none;
  const json::value* const found = find_at(value, path);
  const json::object* const object = found != nullptr ? found->if_object() : nullptr;
  return object != nullptr ? *object : none;
}

std::int64_t time_at(const json::value& value, Path path) {
  const base::Result<base::Time> time = base::parse_time(text_at(value, path));
  return time ? base::to_us(*time) : 0;
}

}  // namespace weir::backend::kubernetes
