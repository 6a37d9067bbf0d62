#include "base/schema.h"

#include "base/check.h"

namespace weir::base {

bool Schemas::begin(std::string_view name, const void* type) {
  const auto [found, is_new] = types_.try_emplace(std::string(name), type);
  WEIR_CHECK(found->second == type, "no two types of the interface have one name");
  return is_new;
}

void Schemas::add(std::string_view name, std::string schema) {
  components_.insert_or_assign(std::string(name), std::move(schema));
}

namespace detail {
namespace {

constexpr std::string_view reference_start = "#/components/schemas/";

std::string list_of_texts(std::span<const std::string_view> texts) {
  std::string out = "[";
  for (const std::string_view text : texts) {
    if (out.size() > 1) out += ',';
    append_json_text(out, text);
  }
  return out + "]";
}

}  // namespace

std::string reference_schema(std::string_view name) {
  return R"({"$ref":")" + std::string(reference_start) + std::string(name) + R"("})";
}

std::string whole_number_schema(std::int64_t least, std::uint64_t most, Unit unit) {
  constexpr auto most_signed = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool has_text = unit == Unit::bytes || unit == Unit::micro_cny;
  std::string out = has_text ? R"({"type":["integer","string"])" : R"({"type":"integer")";
  if (most <= std::numeric_limits<std::int32_t>::max()) {
    out += R"(,"format":"int32")";
  } else if (most == most_signed) {
    out += R"(,"format":"int64")";
  }
  if (least != std::numeric_limits<std::int64_t>::min()) {
    out += R"(,"minimum":)" + std::to_string(least);
  }
  if (most < most_signed) out += R"(,"maximum":)" + std::to_string(most);
  if (unit == Unit::bytes) {
    out += R"(,"description":"bytes; also read as a size","examples":[268435456,"256MiB"])";
  }
  if (unit == Unit::micro_cny) {
    out += R"(,"description":"millionths of a CNY; also read as an amount",)"
           R"("examples":[12500000,"12.50 CNY"])";
  }
  return out + "}";
}

std::string duration_schema(Unit unit) {
  if (unit == Unit::microseconds) {
    return R"({"type":["integer","string"],"description":)"
           R"("microseconds; also read as a duration","examples":[1500000,"1h30m"]})";
  }
  if (unit == Unit::seconds) {
    return R"({"type":["number","string"],"description":)"
           R"("seconds; also read as a duration","examples":[90,"1h30m"]})";
  }
  return R"({"type":["string","number"],"description":)"
         R"("a duration; a bare number is seconds","examples":["90s","1h30m","1-12:00:00"]})";
}

std::string time_schema() { return R"({"type":"string","format":"date-time"})"; }

std::string bytes_schema(std::size_t size) {
  const std::string count = size == 0 ? "*" : "{" + std::to_string(size) + "}";
  return R"({"type":"string","pattern":"^([0-9a-fA-F]{2}))" + count + R"($"})";
}

std::string enum_schema(std::span<const std::string_view> names) {
  return R"({"type":"string","enum":)" + list_of_texts(names) + "}";
}

std::string list_schema(const std::string& items, std::size_t size, bool unique) {
  std::string out = R"({"type":"array","items":)" + items;
  if (size != 0) {
    const std::string count = std::to_string(size);
    out += R"(,"minItems":)" + count + R"(,"maxItems":)" + count;
  }
  if (unique) out += R"(,"uniqueItems":true)";
  return out + "}";
}

std::string map_schema(const std::string& items) {
  return R"({"type":"object","additionalProperties":)" + items + "}";
}

ObjectSchema::ObjectSchema(std::string_view type) {
  if (type.empty()) return;
  properties_ = R"("type":{"const":)";
  append_json_text(properties_, type);
  properties_ += '}';
  required_ = R"("type")";
}

void ObjectSchema::field(std::string_view name, const std::string& schema,
                         const std::string& default_json, bool required) {
  if (!properties_.empty()) properties_ += ',';
  append_json_text(properties_, name);
  properties_ += ':';
  properties_ += schema;
  if (!required && !default_json.empty()) {
    properties_.back() = ',';  // the schema's closing bracket
    properties_ += R"("default":)" + default_json + "}";
  }
  if (!required) return;
  if (!required_.empty()) required_ += ',';
  append_json_text(required_, name);
}

std::string ObjectSchema::text() const {
  std::string out = R"({"type":"object","properties":{)" + properties_ + "}";
  if (!required_.empty()) out += R"(,"required":[)" + required_ + "]";
  return out + R"(,"additionalProperties":false})";
}

std::string variant_schema(std::span<const std::string> components,
                           std::span<const std::string_view> keys) {
  std::string choices;
  std::string mapping;
  for (std::size_t i = 0; i < components.size(); ++i) {
    if (i > 0) {
      choices += ',';
      mapping += ',';
    }
    choices += reference_schema(components[i]);
    append_json_text(mapping, keys[i]);
    mapping += ':';
    append_json_text(mapping, std::string(reference_start) + components[i]);
  }
  return R"({"oneOf":[)" + choices + R"(],"discriminator":{"propertyName":"type","mapping":{)" +
         mapping + "}}}";
}

}  // namespace detail
}  // namespace weir::base
