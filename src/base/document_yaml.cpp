// YAML text to a tree, by the event parser of yaml-cpp. Plain scalars get their type here, by the
// core schema of YAML 1.2.2, section 10.3.2.

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <sstream>

#include "base/document_builder.h"
#include "base/utf8.h"

namespace weir::base {
namespace {

// Thrown through yaml-cpp to end its parse; parse_yaml catches it.
struct Refused {
  Error error;
};

bool all_of(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

struct Whole {
  std::uint64_t magnitude;
  bool negative;
};

// [-+]?[0-9]+, 0o[0-7]+, 0x[0-9a-fA-F]+. None: something else, or more than 64 bits.
std::optional<Whole> as_whole(std::string_view text) {
  Whole whole{0, false};
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
  } else if (text.starts_with('-') || text.starts_with('+')) {
    whole.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, whole.magnitude, base);
  if (text.empty() || error != std::errc{} || next != end) return {};
  if (whole.magnitude == 0) whole.negative = false;
  return whole;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, [-+]?\.inf, \.nan.
std::optional<double> as_number(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  if (text == ".inf" || text == ".Inf" || text == ".INF") {
    value = std::numeric_limits<double>::infinity();
  } else {
    // from_chars also takes "inf", "nan" and letters of base 16: the core schema does not.
    if (!all_of(text, "0123456789.eE+-") || text.starts_with('-')) return {};
    const char* const end = text.data() + text.size();
    const auto [next, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc::invalid_argument || next != end) return {};
    if (error == std::errc::result_out_of_range) {
      value = text.find("e-") == std::string_view::npos && text.find("E-") == std::string_view::npos
                  ? std::numeric_limits<double>::infinity()
                  : 0;
    }
  }
  return negative ? -value : value;
}

class YamlEvents final : public YAML::EventHandler {
 public:
  explicit YamlEvents(DocumentBuilder& builder) : builder_(builder) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(started_, true)) refuse(mark, "holds more than one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (is_key()) refuse(mark, "has a key that is null");
    before(mark, anchor);
    after(builder_.add_null({}));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (is_key()) refuse(mark, "has an alias for a key");
    before(mark, YAML::NullAnchor);
    after(builder_.add_alias(anchor));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag == "?";
    if (!plain && tag != "!" && tag != "tag:yaml.org,2002:str") {
      refuse(mark, "has a tag, `" + tag + "`; only !!str is known");
    }
    last_quoted_ = plain ? YAML::Mark::null_mark() : mark;
    const bool key = is_key();
    before(mark, anchor);
    const std::string_view text = builder_.storage().keep(value);
    after(plain && !key ? add_plain(text) : builder_.add_text(text, plain));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, DocumentKind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, DocumentKind::map);
  }
  void OnMapEnd() override { close(); }

  // yaml-cpp 0.7 takes quoted text that the end of the file cuts off, if a line ends before it.
  // Such text is the last scalar there is, so one look at the end of the parse is enough.
  void check_last_quote(std::string_view source) {
    if (last_quoted_.is_null()) return;
    auto at = static_cast<std::size_t>(last_quoted_.pos);
    // An anchor or a tag may stand before the quote.
    while (at < source.size() && (source[at] == '&' || source[at] == '!')) {
      at = source.find_first_not_of(" \t\r\n",
                                    std::min(source.find_first_of(" \t\r\n", at), source.size()));
    }
    if (at >= source.size() || (source[at] != '"' && source[at] != '\'')) return;
    const char quote = source[at++];
    while (at < source.size()) {
      const bool escape = quote == '"' ? source[at] == '\\' : source.substr(at, 2) == "''";
      if (!escape && source[at] == quote) break;
      at += escape ? 2 : 1;
    }
    if (at >= source.size()) refuse(last_quoted_, "has text whose quote is never closed");
  }

 private:
  // Each open map waits for a key or a value by turns.
  enum class Turn : std::uint8_t { item, key, value };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) {
    Error error{ErrorCode::invalid, std::move(message), {}, {}, {}};
    error.place = {builder_.storage().file, line(mark), column(mark)};
    throw Refused{std::move(error)};
  }

  static std::uint32_t line(const YAML::Mark& mark) {
    return static_cast<std::uint32_t>(mark.line + 1);
  }
  static std::uint32_t column(const YAML::Mark& mark) {
    return static_cast<std::uint32_t>(mark.column + 1);
  }

  [[nodiscard]] bool is_key() const { return !turns_.empty() && turns_.back() == Turn::key; }

  void before(const YAML::Mark& mark, YAML::anchor_t anchor) {
    builder_.at(line(mark), column(mark));
    builder_.name_next(anchor);
    if (turns_.empty() || turns_.back() == Turn::item) return;
    turns_.back() = turns_.back() == Turn::key ? Turn::value : Turn::key;
  }

  void after(bool good) {
    if (good) return;
    throw Refused{builder_.take_problem().value_or(Error{})};
  }

  bool add_plain(std::string_view text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
      return builder_.add_null(text);
    }
    if (text == "true" || text == "True" || text == "TRUE") {
      return builder_.add_boolean(true, text, true);
    }
    if (text == "false" || text == "False" || text == "FALSE") {
      return builder_.add_boolean(false, text, true);
    }
    if (all_of(text.substr(0, 1), "0123456789+-.")) {
      if (const auto whole = as_whole(text)) {
        return builder_.add_integer(whole->magnitude, whole->negative, text, true);
      }
      if (const auto number = as_number(text)) return builder_.add_number(*number, text, true);
    }
    return builder_.add_text(text, true);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            DocumentKind kind) {
    if (is_key()) refuse(mark, "has a list or a map for a key");
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, "has a tag, `" + tag + "`; only !!str is known");
    }
    before(mark, anchor);
    after(builder_.open(kind));
    turns_.push_back(kind == DocumentKind::map ? Turn::key : Turn::item);
  }

  void close() {
    turns_.pop_back();
    after(builder_.close());
  }

  DocumentBuilder& builder_;
  std::vector<Turn> turns_;
  YAML::Mark last_quoted_ = YAML::Mark::null_mark();  // or null: the last scalar has no quotes
  bool started_ = false;
};

// What yaml-cpp says, and the same for people.
struct YamlWords {
  std::string_view message;
  std::string_view words;
  std::string_view hint;
};
constexpr std::string_view quote_it = "put the text in quotes";
const auto& all_yaml_words() {
  static const std::array yaml_words{
      YamlWords{YAML::ErrorMsg::MAP_VALUE, "a `:` stands where no value can begin",
                "fields that belong together begin in the same column; text with `: ` in it stands "
                "in quotes"},
      YamlWords{YAML::ErrorMsg::BLOCK_ENTRY, "a `-` stands where no item can begin",
                "items of a list begin in the same column"},
      YamlWords{YAML::ErrorMsg::MAP_KEY, "a `?` or a name stands where no field can begin",
                quote_it},
      YamlWords{YAML::ErrorMsg::END_OF_MAP, "a line fits none of the columns above it",
                "lines that belong together begin in the same column"},
      YamlWords{YAML::ErrorMsg::END_OF_SEQ, "a line fits none of the columns above it",
                "lines that belong together begin in the same column"},
      YamlWords{YAML::ErrorMsg::END_OF_MAP_FLOW,
                "a `{` is not closed, or lacks a comma before here", ""},
      YamlWords{YAML::ErrorMsg::END_OF_SEQ_FLOW,
                "a `[` is not closed, or lacks a comma before here", ""},
      YamlWords{YAML::ErrorMsg::FLOW_END, "a bracket closes that was never opened", quote_it},
      YamlWords{YAML::ErrorMsg::UNKNOWN_ANCHOR, "an alias stands for nothing",
                "text that begins with `*` stands in quotes"},
      YamlWords{YAML::ErrorMsg::UNKNOWN_TOKEN, "text begins with a sign that YAML keeps for itself",
                quote_it},
      YamlWords{YAML::ErrorMsg::EOF_IN_SCALAR, "the file ends within a quoted text",
                "close the quote"},
  };
  return yaml_words;
}

// Whether the line `number`, counted from 0, has a tab before its first letter.
bool begins_with_tab(std::string_view text, int number) {
  for (; number > 0 && !text.empty(); --number) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  const std::size_t indentation = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(0, indentation).find('\t') != std::string_view::npos;
}

Error yaml_error(const YAML::Exception& exception, std::string_view text, const std::string& file) {
  Error error{ErrorCode::invalid, exception.msg, {}, {}, {file, 0, 0}};
  const auto& yaml_words = all_yaml_words();
  const auto known = std::find_if(yaml_words.begin(), yaml_words.end(), [&](const YamlWords& one) {
    return one.message == exception.msg;
  });
  if (known != yaml_words.end()) {
    error.message = known->words;
    error.hint = known->hint;
  }
  if (!exception.mark.is_null()) {
    error.place.line = static_cast<std::uint32_t>(exception.mark.line + 1);
    error.place.column = static_cast<std::uint32_t>(exception.mark.column + 1);
    if (begins_with_tab(text, exception.mark.line)) {
      error.message = "a tab indents this line";
      error.hint = "indent with spaces";
      error.place.column = 1;
    }
  }
  error.message = "is not YAML: " + error.message;
  return error;
}

// yaml-cpp guesses an encoding and replaces what does not fit; we take UTF-8 only, as it is.
std::optional<Error> check_letters(std::string_view text, const std::string& file) {
  std::size_t at = utf8_valid_size(text);
  std::string what = "is not UTF-8";
  const std::size_t null_at = text.find('\0');
  if (null_at < at) {
    at = null_at;
    what = "has a byte of value 0";
  }
  if (at == text.size()) return {};
  Error error{ErrorCode::invalid, std::move(what), {}, {}, {}};
  error.place = place_in(text, at, file);
  return error;
}

}  // namespace

Result<Document> parse_yaml(std::string_view text, std::string file_name, DocumentLimits limits) {
  if (text.size() > limits.bytes) {
    return fail(too_many_bytes(text.size(), limits, std::move(file_name)));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  if (std::optional<Error> error = check_letters(text, file_name)) return fail(*std::move(error));
  DocumentBuilder builder(text.size(), std::move(file_name), limits);
  YamlEvents events(builder);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) {
    }
    events.check_last_quote(text);
  } catch (Refused& refused) {
    return fail(std::move(refused.error));
  } catch (const YAML::Exception& exception) {
    return fail(yaml_error(exception, text, builder.storage().file));
  }
  return builder.finish();
}

}  // namespace weir::base
