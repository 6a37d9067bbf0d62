#include "app/agent_identity.h"

#include <sodium.h>

#include "agent/remote_control_plane.h"
#include "app/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "gateway/machine_time.h"
#include "identity/certificate.h"

namespace weir::app {

using base::ErrorCode;

namespace {

constexpr std::size_t file_bytes_max = 64U << 10U;
constexpr base::Duration between_tries = std::chrono::seconds(30);
constexpr std::string_view token_begin = "weir-site.";
constexpr std::size_t fingerprint_letters = 64;

// The authority that a token names: "weir-site.SHA256.SECRET".
base::Result<std::string> authority_of(const std::string& token) {
  const std::size_t dot = token_begin.size() + fingerprint_letters;
  if (token.starts_with(token_begin) && token.size() > dot + 1 && token[dot] == '.') {
    return token.substr(token_begin.size(), fingerprint_letters);
  }
  return base::fail(ErrorCode::invalid, "this is no token for a site", "--token",
                    "weir site add NAME makes one: weir-site.…");
}

// Asks, and reads the enrolment out of the answer.
base::Result<model::Enrolment> ask(const AgentConnection& connection,
                                   http::HttpClientOptions options, std::string_view target,
                                   const std::string& body) {
  options.proxy = connection.proxy;
  auto client = WEIR_TRY(http::HttpClient::connect(connection.url, std::move(options)));
  const auto response =
      WEIR_TRY(client.request("POST", target, {{"Content-Type", "application/json"}}, body));
  if (auto error = agent::error_of(response)) return base::fail(*std::move(error));
  return base::from_json<model::Enrolment>(response.body);
}

}  // namespace

AgentIdentity::AgentIdentity(AgentIdentity&& other) noexcept
    : folder_(std::move(other.folder_)),
      connection_(std::move(other.connection_)),
      key_(std::move(other.key_)),
      enrolment_(std::move(other.enrolment_)),
      renew_at_(other.renew_at_),
      tried_(other.tried_),
      seal_public_(std::move(other.seal_public_)),
      seal_secret_(std::move(other.seal_secret_)) {}

base::Result<AgentIdentity> AgentIdentity::open(const std::string& folder,
                                                const AgentConnection& connection,
                                                const std::string& token) {
  if (sodium_init() < 0) return base::fail(ErrorCode::input_output, "no random numbers");
  AgentIdentity identity;
  identity.folder_ = folder;
  identity.connection_ = connection;
  if (token.empty()) {
    WEIR_TRY_STATUS(identity.read());
  } else {
    WEIR_TRY_STATUS(identity.enrol(connection, token));
  }
  const auto facts = WEIR_TRY(identity::facts_of_pem(identity.enrolment_.certificate));
  identity.renew_at_ = facts.not_after - (facts.not_after - facts.not_before) / 3;
  // For as long as the process lives: what is sealed is opened in memory and kept nowhere.
  std::string public_key(crypto_box_PUBLICKEYBYTES, '\0');
  identity.seal_secret_.resize(crypto_box_SECRETKEYBYTES);
  crypto_box_keypair(reinterpret_cast<unsigned char*>(public_key.data()),
                     reinterpret_cast<unsigned char*>(identity.seal_secret_.data()));
  identity.seal_public_ = base::to_hex(std::as_bytes(std::span(public_key)));
  return identity;
}

base::Status AgentIdentity::enrol(const AgentConnection& connection, const std::string& token) {
  const std::string authority = WEIR_TRY(authority_of(token));
  const auto key = WEIR_TRY(identity::KeyPair::make());
  http::HttpClientOptions options;
  // What the token pins is the authority; whom it certifies as a control plane is its own affair.
  options.tls.emplace();
  options.tls->authority_sha256 = authority;
  options.tls->any_name = true;
  key_ = key.to_pem();
  const std::string request = WEIR_TRY(key.certificate_request());
  enrolment_ = WEIR_TRY(ask(connection, std::move(options), "/v1/agent/enrol",
                            base::to_json(model::EnrolOrder{token, request})));
  if (identity::fingerprint(enrolment_.authority).value_or("") != authority) {
    return base::fail(ErrorCode::refused, "the server names another authority than it is under");
  }
  return keep();
}

base::Status AgentIdentity::read() {
  const auto key = read_private_file(folder_ + "/agent.key", file_bytes_max);
  const auto kept = read_private_file(folder_ + "/agent.json", file_bytes_max);
  if (!key || !kept) {
    return base::fail(ErrorCode::not_found, "no agent has joined from " + folder_ + " yet",
                      "--token", "weir agent --join URL --token TOKEN --folder " + folder_);
  }
  key_ = *key;
  enrolment_ = WEIR_TRY(base::from_json<model::Enrolment>(*kept));
  return {};
}

// The key first: a certificate without its key is of no use, a key without certificate is harmless.
base::Status AgentIdentity::keep() const {
  WEIR_TRY_STATUS(write_private_file(folder_ + "/agent.key", key_));
  return write_private_file(folder_ + "/agent.json", base::to_json(enrolment_));
}

base::Result<std::string> AgentIdentity::open_secret(std::string_view sealed) const {
  const auto box = WEIR_TRY(base::from_hex(sealed));
  const auto public_key = WEIR_TRY(base::from_hex(seal_public_));
  if (box.size() < crypto_box_SEALBYTES) return base::fail(ErrorCode::invalid, "no sealed secret");
  std::string clear(box.size() - crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal_open(reinterpret_cast<unsigned char*>(clear.data()),
                           reinterpret_cast<const unsigned char*>(box.data()), box.size(),
                           reinterpret_cast<const unsigned char*>(public_key.data()),
                           reinterpret_cast<const unsigned char*>(seal_secret_.data())) != 0) {
    return base::fail(ErrorCode::invalid, "a secret was sealed for another agent");
  }
  return clear;
}

http::HttpClientOptions AgentIdentity::connection() const {
  const std::scoped_lock lock(mutex_);
  http::HttpClientOptions options;
  options.proxy = connection_.proxy;
  options.tls.emplace();
  options.tls->own = {enrolment_.certificate, key_, enrolment_.authority};
  options.tls->server_uri = enrolment_.control_plane;
  return options;
}

void AgentIdentity::renew_if_due() {
  const base::Time now = gateway::machine_time();
  {
    const std::scoped_lock lock(mutex_);
    if (now < renew_at_ || now - tried_ < between_tries) return;
    tried_ = now;
  }
  const base::Status renewed = renew();
  if (renewed) {
    base::log_info("the agent's certificate is renewed", {{"site", enrolment_.site}});
  } else {
    base::log_warning("the agent's certificate could not be renewed",
                      {{"error", renewed.error().message}});
  }
}

base::Status AgentIdentity::renew() {
  const auto key = WEIR_TRY(identity::KeyPair::make());
  const std::string request = WEIR_TRY(key.certificate_request());
  model::Enrolment enrolment = WEIR_TRY(
      ask(connection_, connection(), "/v1/agent/renew", base::to_json(model::RenewOrder{request})));
  const auto facts = WEIR_TRY(identity::facts_of_pem(enrolment.certificate));
  const std::scoped_lock lock(mutex_);
  key_ = key.to_pem();
  enrolment_ = std::move(enrolment);
  renew_at_ = facts.not_after - (facts.not_after - facts.not_before) / 3;
  return keep();
}

}  // namespace weir::app
