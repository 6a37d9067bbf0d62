// Both ends know each other: certificates, pins, and who is turned away.
#include <gtest/gtest.h>

#include "http/client.h"
#include "http/server.h"
#include "http/tls_front.h"
#include "identity/authority.h"
#include "identity/certificate.h"

namespace weir::http::test {
namespace {

using identity::Authority;
using identity::KeyPair;

const std::string domain = "lab.example";

base::Time now() {
  return base::Time(std::chrono::duration_cast<base::Duration>(
      std::chrono::system_clock::now().time_since_epoch()));
}

TlsIdentity identity_of(const Authority& authority, const std::string& id, bool serves,
                        base::Duration lasts = std::chrono::hours(1)) {
  const KeyPair key = *KeyPair::make();
  return {*authority.certify(*key.certificate_request(), {id, serves}, now(), lasts), key.to_pem(),
          authority.certificate_pem()};
}

// A server that says who asks.
class Tls : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = *HttpServer::listen({}, [](const HttpRequest& request, const ResponseWriter& writer) {
      std::string who = "nobody";
      if (request.peer && !request.peer->certificate.empty()) {
        who = identity::facts_of_der(request.peer->certificate)->spiffe_id;
      }
      writer.send({200, "text/plain", {}, who + " " + std::to_string(request.body.size()), {}});
    });
    const auto own = identity_of(authority_, identity::control_plane_id(domain), true);
    auto front = TlsFront::listen({.own = own}, *server_);
    ASSERT_TRUE(front) << front.error().text();
    front_ = *std::move(front);
  }
  void TearDown() override {
    front_.reset();
    server_.reset();
  }

  [[nodiscard]] TlsClientOptions meets(TlsIdentity own) const {
    return {.own = std::move(own), .server_uri = identity::control_plane_id(domain)};
  }
  [[nodiscard]] base::Result<std::string> ask(TlsClientOptions tls, std::string_view body = {}) {
    HttpClientOptions options;
    options.tls = std::move(tls);
    auto client = WEIR_TRY(HttpClient::connect(front_->url(), options));
    return WEIR_TRY(client.request("POST", "/who", {}, body)).body;
  }

  Authority authority_ = *Authority::make(domain, now());
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<TlsFront> front_;
};

TEST_F(Tls, tells_the_server_who_asks) {
  const auto id = identity::agent_id(domain, "north");
  const auto said = ask(meets(identity_of(authority_, id, false)));
  ASSERT_TRUE(said) << said.error().text();
  EXPECT_EQ(*said, id + " 0");
}

TEST_F(Tls, carries_what_is_larger_than_any_buffer) {
  const auto id = identity::agent_id(domain, "north");
  const auto said = ask(meets(identity_of(authority_, id, false)), std::string(5'000'000, 'x'));
  ASSERT_TRUE(said) << said.error().text();
  EXPECT_EQ(*said, id + " 5000000");
}

TEST_F(Tls, lets_in_who_shows_nothing_as_nobody) {
  TlsIdentity none;
  none.authority = authority_.certificate_pem();
  EXPECT_EQ(ask(meets(none)).value_or(""), "nobody 0");
}

TEST_F(Tls, believes_a_pinned_authority_and_no_other) {
  TlsClientOptions pinned{.authority_sha256 = *identity::fingerprint(authority_.certificate_pem()),
                          .server_uri = identity::control_plane_id(domain)};
  EXPECT_EQ(ask(pinned).value_or(""), "nobody 0");
  pinned.authority_sha256 = std::string(64, '0');
  const auto other = ask(pinned);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, base::ErrorCode::refused);
}

TEST_F(Tls, turns_away_certificates_of_another_authority) {
  const Authority other = *Authority::make(domain, now());
  TlsIdentity stranger = identity_of(other, identity::agent_id(domain, "north"), false);
  stranger.authority = authority_.certificate_pem();
  EXPECT_FALSE(ask(meets(stranger)));
}

TEST_F(Tls, turns_away_certificates_that_are_over) {
  const auto id = identity::agent_id(domain, "north");
  EXPECT_FALSE(ask(meets(identity_of(authority_, id, false, std::chrono::seconds(-10)))));
}

TEST_F(Tls, turns_away_a_server_that_is_not_the_one_meant) {
  TlsIdentity own = identity_of(authority_, identity::agent_id(domain, "north"), false);
  const auto elsewhere = ask({.own = own, .server_uri = identity::control_plane_id("other")});
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, base::ErrorCode::refused);
  own.authority = Authority::make(domain, now())->certificate_pem();
  const auto unknown = ask(meets(own));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, base::ErrorCode::refused);
}

TEST_F(Tls, outlives_who_says_nothing_or_nonsense) {
  HttpClientOptions plain;
  std::string url = front_->url();
  url.replace(0, 5, "http");
  auto client = HttpClient::connect(url, plain);
  ASSERT_TRUE(client);
  EXPECT_FALSE(client->request("GET", "/who"));
  const auto id = identity::agent_id(domain, "north");
  EXPECT_TRUE(ask(meets(identity_of(authority_, id, false))));
}

}  // namespace
}  // namespace weir::http::test
