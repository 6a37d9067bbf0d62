#include "base/hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

using namespace weir::base;

// FIPS 180-4 example values and the empty text.
TEST(Sha256, gives_the_published_digests) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

RC_GTEST_PROP(Sha256, in_parts_is_the_same_as_in_one,
              (const std::string& a, const std::string& b, const std::string& c)) {
  Sha256 hash;
  hash.add(a);
  hash.add(b);
  hash.add(c);
  RC_ASSERT(hash.digest() == sha256(a + b + c));
  hash.add(a);
  RC_ASSERT(hash.digest() == sha256(a));
}

RC_GTEST_PROP(Hex, reads_back_as_it_is_shown, (const std::vector<std::uint8_t>& given)) {
  Bytes bytes;
  for (const std::uint8_t byte : given) bytes.push_back(static_cast<std::byte>(byte));
  const std::string text = to_hex(bytes);
  RC_ASSERT(text.size() == 2 * bytes.size());
  RC_ASSERT(from_hex(text) == bytes);
}

TEST(Hex, takes_either_case_and_refuses_the_rest) {
  EXPECT_EQ(from_hex("aF09"), (Bytes{std::byte{0xAF}, std::byte{0x09}}));
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex(" 0"));
  EXPECT_FALSE(digest_from_hex("00"));
  EXPECT_FALSE(digest_from_hex(std::string(64, 'x')));
  EXPECT_EQ(digest_from_hex(to_hex(sha256("abc"))), sha256("abc"));
}

TEST(ConstantTimeEqual, is_equality) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("token", "token"));
  EXPECT_FALSE(constant_time_equal("token", "tokem"));
  EXPECT_FALSE(constant_time_equal("token", "token1"));
  EXPECT_TRUE(constant_time_equal(sha256("a"), sha256("a")));
  EXPECT_FALSE(constant_time_equal(sha256("a"), sha256("b")));
}
