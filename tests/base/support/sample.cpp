#include "tests/base/support/sample.h"

#include <algorithm>

namespace sample {
namespace {

using weir::base::Range;
using weir::base::SizeRange;

template <typename T>
T any() {
  return *rc::gen::arbitrary<T>();
}

std::int64_t not_negative(std::int64_t most) { return *rc::gen::inRange<std::int64_t>(0, most); }

Point any_point() { return {any<std::int32_t>(), any<std::int64_t>()}; }

JobSubmitted any_job() { return {{any<std::uint64_t>()}, *utf8_text()}; }

template <typename R>
R any_range(std::int64_t most) {
  R range{not_negative(most), std::nullopt};
  if (any<bool>()) range.most = *rc::gen::inRange<std::int64_t>(range.least, most + 1);
  return range;
}

Colour any_colour() { return *rc::gen::element(Colour::red, Colour::site_lost, Colour::default_); }

std::variant<Nothing, JobSubmitted, Point> any_fact() {
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      return Nothing{};
    case 1:
      return any_job();
    default:
      return any_point();
  }
}

std::size_t few() { return *rc::gen::inRange<std::size_t>(0, 5); }

void fill_containers(Everything& value) {
  for (std::size_t left = few(); left > 0; --left) value.points.push_back(any_point());
  for (std::size_t left = few(); left > 0; --left) value.colours.push_back(any_colour());
  for (std::size_t left = few(); left > 0; --left) value.numbers.insert(any<std::int32_t>());
  for (std::size_t left = few(); left > 0; --left) value.named[*utf8_text()] = any_point();
  for (std::size_t left = few(); left > 0; --left) {
    value.jobs[{any<std::uint64_t>()}] = *utf8_text();
  }
  for (std::size_t left = few(); left > 0; --left) {
    value.bytes.push_back(static_cast<std::byte>(any<std::uint8_t>()));
  }
  for (std::size_t left = few(); left > 0; --left) {
    value.facts.emplace_back(Nothing{});
    if (any<bool>()) value.facts.back() = any_job();
  }
  for (auto& item : value.three) item = any<std::uint16_t>();
  for (auto& item : value.digest) item = any<std::uint8_t>();
}

}  // namespace

rc::Gen<std::string> utf8_text() {
  const std::vector<std::string> letters{"a",  "b",  "z",    " ", "\"", "\\",         "\n",
                                         "\t", "/",  "\x01", "é", "堰", "\U0001F33E", "\x7f",
                                         "'",  "\r", "0",    "<", "-"};
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(letters)),
                      [](const std::vector<std::string>& parts) {
                        std::string out;
                        for (const std::string& part : parts) out += part;
                        return out;
                      });
}

rc::Gen<Everything> everything() {
  return rc::gen::exec([] {
    Everything value;
    value.yes = any<bool>();
    value.small = any<std::uint8_t>();
    value.large = any<std::int64_t>();
    value.huge = any<std::uint64_t>();
    value.ratio = any<double>();
    value.text = *utf8_text();
    value.colour = any_colour();
    value.job = {any<std::uint64_t>()};
    // Text forms of durations have no sign; those with a unit in their name do.
    value.wait = Duration(not_negative(INT64_MAX));
    value.grace_s = Duration(any<std::int64_t>());
    value.age_us = Duration(any<std::int64_t>());
    value.at = weir::base::time_from_us(any<std::int64_t>());
    if (any<bool>()) value.note = *utf8_text();
    if (any<bool>()) value.where = any_point();
    fill_containers(value);
    value.fact = any_fact();
    value.range = any_range<Range>(INT64_MAX - 1);
    value.memory = any_range<SizeRange>(std::int64_t{1} << 62);
    value.memory_bytes = not_negative(INT64_MAX);
    value.random.state = any<std::uint64_t>();
    return value;
  });
}

}  // namespace sample
