#include "base/quantity.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <vector>

using namespace weir::base;

namespace {

constexpr std::int64_t kibi = 1'024;
constexpr std::int64_t gibi = kibi * kibi * kibi;

}  // namespace

TEST(Amounts, are_shown_with_three_digits_that_count) {
  EXPECT_EQ(format_mass(0), "0 mg");
  EXPECT_EQ(format_mass(999), "999 mg");
  EXPECT_EQ(format_mass(1'000), "1 g");
  EXPECT_EQ(format_mass(12'499), "12.4 g");
  EXPECT_EQ(format_mass(1'234'567), "1.23 kg");
  EXPECT_EQ(format_mass(-350'999), "-350 g");
  EXPECT_EQ(format_mass(5'000'000'000'000), "5 kt");
  EXPECT_EQ(format_mass(std::numeric_limits<std::int64_t>::min()), "-9223372 kt");
  EXPECT_EQ(format_energy(3'599), "3599 J");
  EXPECT_EQ(format_energy(3'600), "1 Wh");
  EXPECT_EQ(format_energy(4'500'000), "1.25 kWh");
}

TEST(Bytes, read_every_form_people_write) {
  const std::vector<std::pair<std::string, std::int64_t>> table{
      {"0", 0},
      {"1024", 1024},
      {"512B", 512},
      {"256GiB", 256 * gibi},
      {"256G", 256 * gibi},
      {"256Gi", 256 * gibi},
      {"256 GiB", 256 * gibi},
      {"256g", 256 * gibi},
      {"1.5T", 1536 * gibi},
      {"512MB", 512'000'000},
      {"1kB", 1'000},
      {"1K", 1024},
      {"0.5KiB", 512},
      {"4EiB", std::int64_t{1} << 62},
      {"0.1G", 107'374'182},
      {"1.999999999999GB", 1'999'999'999},
  };
  for (const auto& [text, expected] : table) {
    const auto read = parse_bytes(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(*read, expected) << text;
  }
}

TEST(Bytes, refuse_what_is_no_size) {
  for (const std::string text : {"", "G", "-1", "+1", "1.5", "1.G", ".5G", "1X", "1GiBs", "1  G",
                                 "1GiB ", "0x10", "1e3", "1Gb/s", "1i", "1BB", "NaN"}) {
    const auto read = parse_bytes(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().text(), "`" + text +
                                       "` is no size; write it as 256GiB, 512MiB, 1.5TiB, 500GB "
                                       "or a number of bytes");
  }
  for (const std::string text : {"5EiB", "4.1EiB", "4611686018427387905", "9999999999999999999",
                                 "8EiB", "9.5EB", "4294967297GiB", "18446744073709551615E"}) {
    const auto read = parse_bytes(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().text(), "`" + text + "` is more than 4 EiB");
  }
}

TEST(Bytes, are_shown_with_one_decimal_at_most) {
  const std::vector<std::pair<std::int64_t, std::string>> table{
      {0, "0B"},
      {512, "512B"},
      {1023, "1023B"},
      {1024, "1KiB"},
      {1536, "1.5KiB"},
      {256 * gibi, "256GiB"},
      {1024 * 1024 - 1, "1023.9KiB"},
      {gibi + gibi / 2, "1.5GiB"},
      {INT64_MAX, "7.9EiB"},
      {-1536, "-1.5KiB"},
      {INT64_MIN, "-7.9EiB"},
  };
  for (const auto& [bytes, expected] : table) EXPECT_EQ(format_bytes(bytes), expected) << bytes;
}

TEST(Range, reads_exactly_at_least_and_between) {
  EXPECT_EQ(parse_range("32", parse_count), (Range{32, 32}));
  EXPECT_EQ(parse_range("32+", parse_count), (Range{32, std::nullopt}));
  EXPECT_EQ(parse_range("16..64", parse_count), (Range{16, 64}));
  EXPECT_EQ(parse_range("1GiB..2GiB", parse_bytes), (Range{gibi, 2 * gibi}));
  for (const std::string text :
       {"", "+", "..", "1..", "..2", "1..2..3", "1+2", "1-2", "-1", "1 ", "1..2+", "a"}) {
    EXPECT_FALSE(parse_range(text, parse_count)) << text;
  }
  EXPECT_EQ(parse_range("64..16", parse_count).error().text(),
            "`64..16` is a range whose end is below its start");
  EXPECT_EQ(parse_range("many", parse_count).error().text(),
            "`many` is no whole number of 0 or more");
}

RC_GTEST_PROP(SizeRange, is_shown_so_that_nothing_is_lost, ()) {
  const auto least = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 62);
  const auto shift = *rc::gen::inRange(0, 40);
  const SizeRange range{least >> shift << shift, std::nullopt};
  const auto read = parse_range(text_of(range), parse_bytes);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->least == range.least);
  RC_ASSERT(!read->most);
}

TEST(SizeRange, is_shown_in_the_largest_unit_that_divides_it) {
  EXPECT_EQ(text_of(SizeRange{256 * gibi, std::nullopt}), "256GiB+");
  EXPECT_EQ(text_of(SizeRange{gibi + 1, 2 * gibi}), "1073741825..2GiB");
  EXPECT_EQ(text_of(SizeRange{0, 0}), "0");
}

TEST(EditDistance, counts_changes_and_swaps_of_neighbours) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("devics", "devices"), 1U);
  EXPECT_EQ(edit_distance("memroy", "memory"), 1U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);
}

RC_GTEST_PROP(EditDistance, is_a_distance, (const std::string& a, const std::string& b)) {
  const std::size_t distance = edit_distance(a, b);
  RC_ASSERT(distance == edit_distance(b, a));
  RC_ASSERT((distance == 0) == (a == b));
  RC_ASSERT(distance <= std::max(a.size(), b.size()));
  RC_ASSERT(distance >= std::max(a.size(), b.size()) - std::min(a.size(), b.size()));
}

TEST(NearestName, is_the_first_of_the_nearest_or_none) {
  const std::vector<std::string_view> known{"cpus", "memory", "devices", "device"};
  EXPECT_EQ(nearest_name("cpu", known), "cpus");
  EXPECT_EQ(nearest_name("memroy", known), "memory");
  EXPECT_EQ(nearest_name("devics", known), "devices");
  EXPECT_EQ(nearest_name("gpus", known), "cpus");
  EXPECT_EQ(nearest_name("residency", known), "");
  EXPECT_EQ(nearest_name("", known), "");
  EXPECT_EQ(nearest_name(std::string(1 << 20, 'x'), known), "");
}
