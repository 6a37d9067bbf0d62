// JSON text to a tree, by the event parser of Boost.JSON.

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <functional>
#include <limits>

#include "base/document_builder.h"

namespace weir::base {
namespace {

namespace json = boost::json;

// What basic_parser calls. A false answer ends the parse; the reason is in the builder.
class JsonEvents {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  explicit JsonEvents(DocumentBuilder& builder)
      : builder_(&builder), source_(builder.storage().source) {}

  // NOLINTBEGIN(readability-convert-member-functions-to-static): the names are Boost.JSON's
  bool on_document_begin(json::error_code& /*code*/) { return true; }
  bool on_document_end(json::error_code& /*code*/) { return true; }
  bool on_comment_part(json::string_view /*part*/, json::error_code& /*code*/) { return true; }
  bool on_comment(json::string_view /*part*/, json::error_code& /*code*/) { return true; }
  // NOLINTEND(readability-convert-member-functions-to-static)

  bool on_object_begin(json::error_code& code) {
    return told(builder_->open(DocumentKind::map), code);
  }
  bool on_object_end(std::size_t /*size*/, json::error_code& code) {
    return told(builder_->close(), code);
  }
  bool on_array_begin(json::error_code& code) {
    return told(builder_->open(DocumentKind::list), code);
  }
  bool on_array_end(std::size_t /*size*/, json::error_code& code) {
    return told(builder_->close(), code);
  }
  bool on_key_part(json::string_view part, std::size_t /*size*/, json::error_code& /*code*/) {
    return add_part(part);
  }
  bool on_key(json::string_view part, std::size_t /*size*/, json::error_code& code) {
    return told(builder_->add_text(whole(part), false), code);
  }
  bool on_string_part(json::string_view part, std::size_t /*size*/, json::error_code& /*code*/) {
    return add_part(part);
  }
  bool on_string(json::string_view part, std::size_t /*size*/, json::error_code& code) {
    return told(builder_->add_text(whole(part), false), code);
  }
  bool on_number_part(json::string_view part, json::error_code& /*code*/) { return add_part(part); }
  bool on_int64(std::int64_t value, json::string_view part, json::error_code& code) {
    const auto bits = static_cast<std::uint64_t>(value);
    return told(builder_->add_integer(value < 0 ? 0 - bits : bits, value < 0, whole(part), false),
                code);
  }
  bool on_uint64(std::uint64_t value, json::string_view part, json::error_code& code) {
    return told(builder_->add_integer(value, false, whole(part), false), code);
  }
  bool on_double(double value, json::string_view part, json::error_code& code) {
    // Boost.JSON 1.81 may be off in the last digit; from_chars is exact.
    const std::string_view written = whole(part);
    double exact = value;
    const auto result = std::from_chars(written.data(), written.data() + written.size(), exact);
    if (result.ec != std::errc{}) exact = value;
    return told(builder_->add_number(exact, written, false), code);
  }
  bool on_bool(bool value, json::error_code& code) {
    return told(builder_->add_boolean(value, value ? "true" : "false", false), code);
  }
  bool on_null(json::error_code& code) { return told(builder_->add_null({}), code); }

 private:
  static bool told(bool good, json::error_code& code) {
    if (!good) code = json::make_error_code(json::error::exception);
    return good;
  }

  bool add_part(json::string_view part) {
    parts_.append(part.data(), part.size());
    return true;
  }

  // Text without escapes is not copied: the storage keeps the source.
  std::string_view whole(json::string_view last) {
    const std::string_view part(last.data(), last.size());
    if (parts_.empty()) {
      const std::less_equal<const char*> not_behind;
      const bool in_source = not_behind(source_.data(), part.data()) &&
                             not_behind(part.data() + part.size(), source_.data() + source_.size());
      return in_source ? part : builder_->storage().keep(part);
    }
    parts_.append(part);
    const std::string_view kept = builder_->storage().keep(parts_);
    parts_.clear();
    return kept;
  }

  DocumentBuilder* builder_;
  std::string_view source_;
  std::string parts_;
};

std::string_view in_words(const json::error_code& code) {
  if (code == json::error::incomplete) return "ends too early";
  if (code == json::error::extra_data) return "goes on after its end";
  if (code == json::error::illegal_leading_surrogate ||
      code == json::error::illegal_trailing_surrogate ||
      code == json::error::expected_utf16_escape) {
    return "has half a UTF-16 pair";
  }
  if (code == json::error::expected_hex_digit) return "has an escape without its four hex digits";
  if (code == json::error::exponent_overflow) return "has a number too large for any type";
  return "has something else than a value, a comma or a bracket where one must stand";
}

}  // namespace

Result<Document> parse_json(std::string_view text, std::string file_name, DocumentLimits limits) {
  if (text.size() > limits.bytes) {
    return fail(too_many_bytes(text.size(), limits, std::move(file_name)));
  }
  DocumentBuilder builder(text.size(), std::move(file_name), limits);
  DocumentStorage& storage = builder.storage();
  storage.source = text;
  json::parse_options options;
  // The builder holds the depth to its limit with a message of ours; this one is behind it.
  options.max_depth = limits.depth + 1;
  json::basic_parser<JsonEvents> parser(options, builder);
  json::error_code code;
  std::size_t used = parser.write_some(false, storage.source.data(), storage.source.size(), code);
  if (!code && used < storage.source.size()) code = json::make_error_code(json::error::extra_data);
  if (std::optional<Error> problem = builder.take_problem()) return fail(*std::move(problem));
  if (code) {
    Error error{ErrorCode::invalid, "is not JSON: it " + std::string(in_words(code)), {}, {}, {}};
    error.place = place_in(storage.source, used, storage.file);
    return fail(std::move(error));
  }
  return builder.finish();
}

}  // namespace weir::base
