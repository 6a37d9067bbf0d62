// Who may speak for whom: keys, certificates, and what they say.
#include "identity/authority.h"

#include <gtest/gtest.h>

#include "identity/certificate.h"

namespace weir::identity::test {
namespace {

const base::Time now = base::time_from_us(1'800'000'000'000'000);
constexpr base::Duration day = std::chrono::hours(24);

TEST(Authority, certifies_a_key_for_one_site_and_a_while) {
  const auto authority = Authority::make("lab.example", now);
  ASSERT_TRUE(authority) << authority.error().text();
  const auto key = KeyPair::make();
  ASSERT_TRUE(key);
  const auto certificate = authority->certify(*key->certificate_request(),
                                              {agent_id("lab.example", "north"), false}, now, day);
  ASSERT_TRUE(certificate) << certificate.error().text();
  const auto facts = facts_of_pem(*certificate);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->spiffe_id, "spiffe://lab.example/site/north/agent");
  EXPECT_EQ(facts->not_after, now + day);
  EXPECT_LT(facts->not_before, now);
  EXPECT_EQ(facts->key.size(), 64U);
  EXPECT_EQ(parse_agent_id(facts->spiffe_id), (AgentName{"lab.example", "north"}));
}

TEST(Authority, is_the_same_when_read_back) {
  const auto made = Authority::make("lab.example", now);
  const auto read = Authority::open(made->key_pem(), made->certificate_pem());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*fingerprint(read->certificate_pem()), *fingerprint(made->certificate_pem()));
  const auto other = Authority::make("lab.example", now);
  EXPECT_FALSE(Authority::open(other->key_pem(), made->certificate_pem()));
}

TEST(Authority, refuses_what_is_no_request) {
  const auto authority = Authority::make("lab.example", now);
  const Subject subject{agent_id("lab.example", "north"), false};
  EXPECT_FALSE(authority->certify("", subject, now, day));
  EXPECT_FALSE(authority->certify(authority->certificate_pem(), subject, now, day));
  // Signed by another key than the one it names.
  std::string changed = *KeyPair::make()->certificate_request();
  const std::size_t middle = changed.size() / 2;
  changed[middle] = changed[middle] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(authority->certify(changed, subject, now, day));
}

TEST(KeyPair, is_read_back_and_nothing_else_is) {
  const auto key = KeyPair::make();
  EXPECT_EQ(KeyPair::from_pem(key->to_pem())->to_pem(), key->to_pem());
  EXPECT_FALSE(KeyPair::from_pem("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"));
  EXPECT_FALSE(KeyPair::from_pem(*key->certificate_request()));
}

TEST(SpiffeId, names_an_agent_or_nobody) {
  EXPECT_EQ(parse_agent_id("spiffe://lab.example/site/a/agent"), (AgentName{"lab.example", "a"}));
  for (const char* wrong :
       {"", "spiffe://", "spiffe://lab.example", "spiffe://lab.example/site//agent",
        "spiffe://lab.example/site/a/b/agent", "spiffe://lab.example/site/a",
        "spiffe:///site/a/agent", "spiffe://Lab/site/a/agent", "https://lab.example/site/a/agent",
        "spiffe://lab.example/control-plane"}) {
    EXPECT_FALSE(parse_agent_id(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace weir::identity::test
