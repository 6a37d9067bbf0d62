// Described structs that use every shape once, and RapidCheck generators of them.
#pragma once

#include <rapidcheck.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/quantity.h"
#include "base/random.h"
#include "base/shape.h"
#include "base/time.h"

namespace sample {

using weir::base::Bytes;
using weir::base::Digest;
using weir::base::Duration;
using weir::base::Id;
using weir::base::Time;

enum class Colour : std::int8_t { red = -1, site_lost, default_ };
WEIR_DESCRIBE_ENUM(Colour, red, site_lost, default_)

struct Point {
  std::int32_t x = 1;
  std::int64_t y = 2;
  friend bool operator==(const Point&, const Point&) = default;
};
WEIR_DESCRIBE(Point, x, y)

struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};
WEIR_DESCRIBE(Nothing)

struct JobSubmitted {
  Id<struct JobTag> job;
  std::string name;
  friend bool operator==(const JobSubmitted&, const JobSubmitted&) = default;
};
WEIR_DESCRIBE(JobSubmitted, job, name)

struct Everything {
  bool yes = false;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  std::uint64_t huge = 0;
  double ratio = 0;
  std::string text;
  Colour colour = Colour::default_;
  Id<struct JobTag> job;
  Duration wait{};
  Duration grace_s{};
  Duration age_us{};
  Time at{};
  std::optional<std::string> note;
  std::optional<Point> where;
  std::vector<Point> points;
  std::deque<Colour> colours;
  std::set<std::int32_t> numbers;
  std::array<std::uint16_t, 3> three{};
  std::map<std::string, Point> named;
  std::map<Id<struct JobTag>, std::string> jobs;
  Bytes bytes;
  Digest digest{};
  std::variant<Nothing, JobSubmitted, Point> fact;
  std::vector<std::variant<JobSubmitted, Nothing>> facts;
  weir::base::Range range;
  weir::base::SizeRange memory;
  std::int64_t memory_bytes = 0;
  weir::base::Random random;
  friend bool operator==(const Everything&, const Everything&) = default;
};
WEIR_DESCRIBE(Everything, yes, small, large, huge, ratio, text, colour, job, wait, grace_s, age_us,
              at, note, where, points, colours, numbers, three, named, jobs, bytes, digest, fact,
              facts, range, memory, memory_bytes, random)

// Any value of every member. Text may hold any bytes that are UTF-8.
[[nodiscard]] rc::Gen<Everything> everything();
// Text of letters that need escapes, of several bytes, and plain ones.
[[nodiscard]] rc::Gen<std::string> utf8_text();

}  // namespace sample
