#include "base/reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <ranges>

#include "base/hash.h"
#include "base/money.h"
#include "base/quantity.h"

namespace weir::base {
namespace {

constexpr std::size_t most_errors = 100;
constexpr double us_per_second = 1e6;

std::string join(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string hint_for(std::string_view given, std::span<const std::string_view> known,
                     std::string_view kind) {
  const std::string near = nearest_name(given, known);
  if (!near.empty()) return "did you mean `" + near + "`?";
  if (known.empty()) return "there are no " + std::string(kind);
  return "known " + std::string(kind) + ": " + join(known);
}

std::string range_words(const std::string& least, const std::string& most) {
  return ", expected a whole number from " + least + " to " + most;
}

// A number of seconds as written, exact where it is a plain decimal. None: out of range.
std::optional<Duration> seconds(const Document& document) {
  std::string_view written = document.text();
  const bool negative = written.starts_with('-');
  if (negative) written.remove_prefix(1);
  if (const Result<Duration> exact = parse_duration(written)) return negative ? -*exact : *exact;
  const double us = std::round(document.number() * us_per_second);
  // 2^63 is the first that does not fit; comparing this way round also refuses what is no number.
  if (!(std::abs(us) < 9.2233720368547758e18)) return {};
  return Duration(static_cast<std::int64_t>(us));
}

}  // namespace

std::string Reader::path(std::string_view further) const {
  std::string out;
  const auto add_name = [&](std::string_view name) {
    if (!out.empty() && !name.starts_with('[')) out += '.';
    out += name;
  };
  for (const PathStep& step : path_) {
    if (step.name.data() == nullptr) {
      out += '[' + std::to_string(step.index) + ']';
    } else {
      add_name(step.name);
    }
  }
  if (!further.empty()) add_name(further);
  return out;
}

// The nearest name counts: the items of `retry_after_s` are seconds too.
Unit Reader::unit() const {
  for (const PathStep& step : path_ | std::views::reverse) {
    if (step.name.data() != nullptr) return unit_of(step.name);
  }
  return Unit::none;
}

void Reader::problem(const Document& at, std::string message, std::string hint) {
  problem(at, Error{ErrorCode::invalid, std::move(message), {}, std::move(hint), {}});
}

void Reader::problem(const Document& at, Error error) {
  if (errors_.size() == most_errors) return;
  if (error.place.line == 0) error.place = at.place();
  error.field = path(error.field);
  errors_.push_back(std::move(error));
}

void Reader::wrong_kind(const Document& at, std::string_view expected) {
  problem(at, "is " + std::string(at.kind_name()) + ", expected " + std::string(expected));
}

void Reader::read(const Document& document, bool& out) {
  if (!document.is(DocumentKind::boolean)) return wrong_kind(document, "true or false");
  out = document.boolean();
}

void Reader::read(const Document& document, double& out) {
  if (!document.is(DocumentKind::number) && !document.is(DocumentKind::integer)) {
    return wrong_kind(document, "a number");
  }
  out = document.number();
}

void Reader::read(const Document& document, std::string& out) {
  if (!document.may_be_text()) return wrong_kind(document, "text");
  out = std::string(document.text());
}

void Reader::read(const Document& document, Duration& out) {
  const bool is_number = document.is(DocumentKind::integer) || document.is(DocumentKind::number);
  if (is_number && unit() == Unit::microseconds) {
    std::int64_t us = 0;
    using Limits = std::numeric_limits<std::int64_t>;
    if (read_signed(document, Limits::min(), Limits::max(), us)) out = Duration(us);
    return;
  }
  if (is_number && (unit() == Unit::seconds || !document.text().starts_with('-'))) {
    const std::optional<Duration> duration = seconds(document);
    if (!duration) {
      return problem(document, "`" + std::string(document.text()) + "` is too long a time");
    }
    out = *duration;
    return;
  }
  if (!is_number && !document.is(DocumentKind::text)) {
    return wrong_kind(document, "a duration such as 90s or 1h30m");
  }
  Result<Duration> duration = parse_duration(document.text());
  if (!duration) return problem(document, std::move(duration).error());
  out = *duration;
}

void Reader::read(const Document& document, Time& out) {
  if (!document.is(DocumentKind::text)) {
    return wrong_kind(document, "a time such as 2026-12-01T08:00:00+08:00");
  }
  Result<Time> time = parse_time(document.text());
  if (!time) return problem(document, std::move(time).error());
  out = *time;
}

void Reader::read_bytes(const Document& document, Bytes& out) {
  if (!document.may_be_text()) return wrong_kind(document, "hex digits as text");
  Result<Bytes> bytes = from_hex(document.text());
  if (bytes) {
    out = *std::move(bytes);
  } else {
    problem(document, std::move(bytes).error());
  }
}

void Reader::read_bytes(const Document& document, std::span<std::byte> out) {
  const std::size_t errors_before = errors_.size();
  Bytes bytes;
  read_bytes(document, bytes);
  if (errors_.size() != errors_before) return;
  if (bytes.size() != out.size()) {
    return problem(document, "has " + std::to_string(bytes.size()) + " bytes, expected " +
                                 std::to_string(out.size()));
  }
  std::copy(bytes.begin(), bytes.end(), out.begin());
}

bool Reader::has_unit_form(const Document& document) const {
  if (unit() == Unit::micro_cny) {
    return document.is(DocumentKind::text) || document.is(DocumentKind::number);
  }
  return document.is(DocumentKind::text) && unit() == Unit::bytes;
}

bool Reader::read_unit_form(const Document& document, std::int64_t& out) {
  Result<std::int64_t> amount =
      unit() == Unit::micro_cny ? parse_money(document.text()) : parse_bytes(document.text());
  if (!amount) {
    problem(document, std::move(amount).error());
    return false;
  }
  out = *amount;
  return true;
}

bool Reader::read_signed(const Document& document, std::int64_t least, std::int64_t most,
                         std::int64_t& out) {
  const bool in_unit_form = has_unit_form(document);
  if (in_unit_form && !read_unit_form(document, out)) return false;
  if (!in_unit_form) {
    if (!document.is(DocumentKind::integer)) {
      wrong_kind(document, "a whole number");
      return false;
    }
    const std::uint64_t magnitude = document.magnitude();
    const std::uint64_t limit =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) +
        (document.negative() ? 1U : 0U);
    if (magnitude > limit) {
      problem(document, "is " + std::string(document.text()) +
                            range_words(std::to_string(least), std::to_string(most)));
      return false;
    }
    out = static_cast<std::int64_t>(document.negative() ? 0 - magnitude : magnitude);
  }
  if (out >= least && out <= most) return true;
  problem(document, "is " + std::string(document.text()) +
                        range_words(std::to_string(least), std::to_string(most)));
  return false;
}

bool Reader::read_unsigned(const Document& document, std::uint64_t most, std::uint64_t& out) {
  if (has_unit_form(document)) {
    std::int64_t amount = 0;
    if (!read_unit_form(document, amount)) return false;
    out = static_cast<std::uint64_t>(amount);  // no such text gives anything negative
  } else if (document.is(DocumentKind::integer)) {
    out = document.magnitude();
  } else {
    wrong_kind(document, "a whole number");
    return false;
  }
  const bool negative = document.is(DocumentKind::integer) && document.negative();
  if (!negative && out <= most) return true;
  problem(document, "is " + std::string(document.text()) + range_words("0", std::to_string(most)));
  return false;
}

std::size_t Reader::read_name(const Document& document, std::span<const std::string_view> names) {
  if (!document.may_be_text()) {
    problem(document,
            "is " + std::string(document.kind_name()) + ", expected one of " + join(names));
    return names.size();
  }
  std::string name(document.text());
  std::replace(name.begin(), name.end(), '_', '-');
  const auto found = std::find(names.begin(), names.end(), std::string_view(name));
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string near = nearest_name(name, names);
  problem(document, "`" + std::string(document.text()) + "` is none of " + join(names),
          near.empty() ? "" : "did you mean `" + near + "`?");
  return names.size();
}

std::size_t Reader::read_type(const Document& document, std::span<const std::string_view> names) {
  if (!document.is(DocumentKind::map)) {
    wrong_kind(document, "a map");
    return names.size();
  }
  const Document* const type = document.find("type");
  if (type == nullptr || !type->is(DocumentKind::text)) {
    problem(document, "has no text under `type`", "known types: " + join(names));
    return names.size();
  }
  const auto found = std::find(names.begin(), names.end(), type->text());
  if (found == names.end()) {
    const Step step(*this, "type");
    problem(*type, "unknown type `" + std::string(type->text()) + "`",
            hint_for(type->text(), names, "types"));
    return names.size();
  }
  return static_cast<std::size_t>(found - names.begin());
}

void Reader::read_fields(const Document& document, std::span<const Field> fields, void* object,
                         bool with_type) {
  if (!document.is(DocumentKind::map)) return wrong_kind(document, "a map");
  std::size_t next = 0;  // most texts keep the order of the description
  for (const DocumentEntry& entry : document.entries()) {
    const std::string_view name = entry.key.text();
    if (with_type && name == "type") continue;
    std::size_t tried = 0;
    while (tried < fields.size() && fields[next].name != name) {
      next = next + 1 == fields.size() ? 0 : next + 1;
      ++tried;
    }
    if (tried == fields.size()) {
      unknown_field(entry.key, fields);
      continue;
    }
    const Step step(*this, fields[next].name);
    fields[next].read(*this, entry.value, object);
    next = next + 1 == fields.size() ? 0 : next + 1;
  }
  missing_fields(document, fields);
}

void Reader::missing_fields(const Document& document, std::span<const Field> fields) {
  for (const Field& field : fields) {
    if (!field.required) continue;
    const Document* const value = document.find(field.name);
    if (value != nullptr && !value->is(DocumentKind::null)) continue;
    problem(document, Error{ErrorCode::invalid, "is missing", std::string(field.name), {}, {}});
  }
}

void Reader::unknown_field(const Document& key, std::span<const Field> fields) {
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const Field& field : fields) names.push_back(field.name);
  const std::string_view name = key.text();
  problem(key, Error{ErrorCode::invalid,
                     "unknown field",
                     std::string(name),
                     hint_for(name, names, "fields"),
                     {}});
}

}  // namespace weir::base
