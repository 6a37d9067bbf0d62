#include "base/wire.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "tests/base/support/sample.h"

using namespace weir::base;
using sample::Everything;

namespace {

struct Old {
  std::int64_t a = 0;
  std::string b;
};
WEIR_DESCRIBE(Old, a, b)
struct New {
  std::int64_t a = 0;
  std::string b;
  std::optional<std::string> c = "as before";
  std::vector<int> d = {1};
};
WEIR_DESCRIBE(New, a, b, c, d)

struct Tree {
  std::vector<Tree> children;
};
WEIR_DESCRIBE(Tree, children)

template <typename T>
std::string error_of(std::string_view bytes) {
  const auto value = from_wire<T>(bytes);
  return value ? "no error" : value.error().text();
}

}  // namespace

RC_GTEST_PROP(Wire, reads_back_as_the_same_value, ()) {
  const Everything value = *sample::everything();
  const auto read = from_wire<Everything>(to_wire(value));
  if (!read) RC_FAIL(read.error().text());
  RC_ASSERT(*read == value);
}

RC_GTEST_PROP(Wire, has_one_form_for_one_value, ()) {
  std::string bytes = to_wire(*sample::everything());
  // One byte changed: what still reads is another value, or it would have two forms.
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ *rc::gen::inRange(1, 128));
  const auto read = from_wire<Everything>(bytes);
  if (read) RC_ASSERT(to_wire(*read) == bytes);
}

RC_GTEST_PROP(Wire, of_bytes_cut_short_is_refused, ()) {
  const std::string bytes = to_wire(*sample::everything());
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!from_wire<Everything>(std::string_view(bytes).substr(0, size)));
}

RC_GTEST_PROP(Wire, of_any_bytes_is_read_or_refused, (const std::string& bytes)) {
  if (const auto read = from_wire<Everything>(bytes)) RC_ASSERT(to_wire(*read) == bytes);
  (void)from_wire<std::vector<std::string>>(bytes);
  (void)from_wire<std::map<std::string, sample::Point>>(bytes);
  (void)from_wire<Tree>(bytes);
}

TEST(Wire, is_compact) {
  EXPECT_EQ(to_wire(sample::Point{0, -1}), std::string("\2\0\1", 3));
  EXPECT_EQ(to_wire(std::uint64_t{300}), "\xAC\x02");
  EXPECT_EQ(to_wire(std::string("hi")), "\2hi");
  EXPECT_EQ(to_wire(1.0), std::string("\0\0\0\0\0\0\xF0\x3F", 8));
  EXPECT_EQ(to_wire(sample::Colour::red), "\1");
  EXPECT_EQ(to_wire(sample::Nothing{}), std::string("\0", 1));
}

TEST(Wire, of_an_older_writer_leaves_new_members_at_their_defaults) {
  const auto read = from_wire<New>(to_wire(Old{7, "x"}));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->a, 7);
  EXPECT_EQ(read->b, "x");
  EXPECT_EQ(read->c, "as before");
  EXPECT_EQ(read->d, std::vector<int>{1});
}

TEST(Wire, of_a_newer_writer_is_refused) {
  EXPECT_EQ(error_of<Old>(to_wire(New{})),
            "byte 1 of 16: was written by a newer version, with more members");
  using Few = std::variant<sample::Nothing>;
  using More = std::variant<sample::Nothing, sample::Point>;
  EXPECT_EQ(error_of<Few>(to_wire(More{sample::Point{}})),
            "byte 1 of 4: was written by a newer version, with more kinds");
  EXPECT_EQ(error_of<sample::Colour>("\x08"),
            "byte 1 of 1: was written by a newer version, with more values");
}

TEST(Wire, says_what_is_wrong_with_hostile_bytes) {
  EXPECT_EQ(error_of<std::uint64_t>(""), "byte 0 of 0: ends in the middle of a number");
  EXPECT_EQ(error_of<std::uint64_t>("\x80"), "byte 1 of 1: ends in the middle of a number");
  EXPECT_EQ(error_of<std::uint64_t>(std::string_view("\x80\x00", 2)),
            "byte 2 of 2: holds a number in a longer form than it needs");
  EXPECT_EQ(error_of<std::uint64_t>("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"),
            "byte 10 of 10: holds a number over 64 bits");
  EXPECT_EQ(from_wire<std::uint64_t>("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), UINT64_MAX);
  EXPECT_EQ(error_of<std::uint8_t>("\x80\x02"), "byte 2 of 2: holds a number out of its range");
  EXPECT_EQ(error_of<std::int8_t>("\x80\x02"), "byte 2 of 2: holds a number out of its range");
  EXPECT_EQ(error_of<bool>("\x02"), "byte 1 of 1: holds a yes or no that is neither");
  EXPECT_EQ(error_of<std::string>("\x05xy"), "byte 1 of 3: counts more than there are bytes for");
  EXPECT_EQ(error_of<std::vector<std::string>>("\xFF\xFF\xFF\xFF\x0F"),
            "byte 5 of 5: counts more than there are bytes for");
  EXPECT_EQ(error_of<std::uint64_t>("\1\1"), "has 1 bytes after its end");
  EXPECT_EQ((error_of<std::set<std::uint64_t>>("\2\5\5")), "byte 3 of 3: holds keys out of order");
  EXPECT_EQ((error_of<std::map<std::uint64_t, bool>>("\2\5\1\4\1")),
            "byte 4 of 5: holds keys out of order");
  EXPECT_EQ(error_of<double>("1234567"), "byte 0 of 7: ends in the middle of bytes");
}

TEST(Wire, does_not_follow_nesting_without_end) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += "\1\1";
  EXPECT_EQ(error_of<Tree>(bytes).substr(0, 50), "byte 64 of 200000: is nested too deeply");
}

TEST(ReadWire, takes_one_value_off_the_front) {
  const std::string bytes = to_wire(Old{1, "a"}) + to_wire(Old{2, "b"});
  std::string_view rest = bytes;
  EXPECT_EQ(read_wire<Old>(rest)->a, 1);
  EXPECT_EQ(read_wire<Old>(rest)->b, "b");
  EXPECT_TRUE(rest.empty());
  std::string_view broken = "\2\2";
  EXPECT_FALSE(read_wire<Old>(broken));
  EXPECT_EQ(broken.size(), 2U);
}
