// Routes: tokens of people and programs, secrets of tenants.
#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "engine/questions.h"
#include "gateway/call.h"
#include "gateway/replies.h"
#include "gateway/routes.h"
#include "gateway/services.h"

namespace weir::gateway {
namespace {

using base::ErrorCode;
using base::Status;
using CallPointer = std::shared_ptr<Call>;

constexpr std::size_t secret_bytes_max = 64U << 10U;
constexpr std::size_t name_letters_max = 128;

bool is_letter(char letter) {
  return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') || letter == '_';
}
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// ---- tokens

// Names of tenants and principals stand in paths of files, headers and logs of others.
Status check_label(const std::string& label, std::string_view field) {
  const auto fits = [](char letter) {
    return is_letter(letter) || is_digit(letter) || letter == '.' || letter == '-' || letter == '@';
  };
  constexpr std::size_t letters_max = 64;
  if (!label.empty() && label.size() <= letters_max && std::ranges::all_of(label, fits)) return {};
  return base::fail(ErrorCode::invalid, "`" + label + "` is no name here", std::string(field),
                    "1 to 64 of letters, digits and . _ - @");
}

Status list_tokens(Services& services, const CallPointer& call) {
  answer_from_engine(services.core, call, [](const engine::Engine& engine, base::Time) {
    return base::Result<TokenList>(TokenList{engine::list_tokens(engine)});
  });
  return {};
}

Status create_token(Services& services, const CallPointer& call) {
  const auto order = call->read_body<TokenOrder>();
  if (!order) return {};
  WEIR_TRY_STATUS(check_label(order->tenant, "tenant"));
  WEIR_TRY_STATUS(check_label(order->principal, "principal"));
  std::string token = TokenBook::make_token();
  model::CreateToken input{call->by, TokenBook::hash_of(token), order->tenant, order->principal,
                           order->role};
  services.core.submit(std::move(input), [call, order = *order,
                                          token = std::move(token)](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    const NewToken made{reply.token, token, order.tenant, order.principal, order.role};
    call->send_json(201, base::to_json(made),
                    {{"Location", "/v1/tokens/" + std::to_string(reply.token.value)},
                     {"Cache-Control", "no-store"}});
  });
  return {};
}

Status revoke_token(Services& services, const CallPointer& call) {
  const std::string& text = call->path("id");
  model::TokenId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::fail(ErrorCode::not_found, "there is no token `" + text + "`", "id",
                      "tokens are numbered: weir token ls");
  }
  services.core.submit(model::RevokeToken{call->by, id}, [call](const engine::Reply& reply) {
    if (reply.error) return call->fail(*reply.error);
    call->send({204, "", {}, "", {}});
  });
  return {};
}

// ---- secrets

Status check_secret_name(const std::string& name) {
  const bool fits =
      !name.empty() && name.size() <= name_letters_max && is_letter(name.front()) &&
      std::ranges::all_of(name, [](char letter) { return is_letter(letter) || is_digit(letter); });
  if (!fits) {
    return base::fail(ErrorCode::invalid, "`" + name + "` is no name of a secret", "name",
                      "a secret is named like an environment variable: HF_TOKEN");
  }
  if (name.starts_with("WEIR_")) {
    return base::fail(ErrorCode::invalid, "names that begin with WEIR_ are Weir's own", "name");
  }
  return {};
}

Status list_secrets(Services& services, const CallPointer& call) {
  answer_from_engine(
      services.core, call, [by = call->by](const engine::Engine& engine, base::Time) {
        return base::Result<SecretList>(SecretList{engine::list_secrets(engine, by)});
      });
  return {};
}

void send_secret(Services& services, const CallPointer& call, std::string sealed) {
  services.core.submit(model::PutSecret{call->by, call->path("name"), std::move(sealed)},
                       [call](const engine::Reply& reply) {
                         if (reply.error) return call->fail(*reply.error);
                         call->send({204, "", {}, "", {}});
                       });
}

Status put_secret(Services& services, const CallPointer& call) {
  WEIR_TRY_STATUS(check_secret_name(call->path("name")));
  auto secret = call->read_body<SecretValue>();
  // The text goes no further than this function: what leaves it is sealed.
  sodium_memzero(call->request.body.data(), call->request.body.size());
  if (!secret) return {};
  std::string& value = secret->value;
  if (value.empty()) {
    return base::fail(ErrorCode::invalid, "is empty", "value", "DELETE takes a secret away");
  }
  if (value.size() > secret_bytes_max) {
    return base::fail(ErrorCode::too_large,
                      std::to_string(value.size()) + " bytes; a secret has at most 64 KiB",
                      "value");
  }
  if (value.find('\0') != std::string::npos) {
    return base::fail(ErrorCode::invalid,
                      "holds a zero byte, which no environment variable can hold", "value");
  }
  auto sealed = services.core.seal(value);
  sodium_memzero(value.data(), value.size());
  if (!sealed) return base::fail(std::move(sealed).error());
  send_secret(services, call, *std::move(sealed));
  return {};
}

Status delete_secret(Services& services, const CallPointer& call) {
  WEIR_TRY_STATUS(check_secret_name(call->path("name")));
  send_secret(services, call, "");
  return {};
}

// ---- the table

void add_tokens(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/v1/tokens",
                    .operation = "listTokens",
                    .group = "Identity",
                    .access = Access::operator_,
                    .summary = "All tokens, revoked ones too; never their text.",
                    .reply = {.schema = &schema_text<TokenList>, .summary = "The tokens."},
                    .handle = &list_tokens});
  routes.push_back(
      {.method = "POST",
       .path = "/v1/tokens",
       .operation = "createToken",
       .group = "Identity",
       .access = Access::operator_,
       .summary = "Makes a token. Its text is told this once; only a hash is kept.",
       .body = {.schema = &schema_text<TokenOrder>,
                .types = {"application/json"},
                .summary = "For whom, and with which role."},
       .reply = {.status = 201, .schema = &schema_text<NewToken>, .summary = "The token."},
       .repeats = Repeats::memory,
       .handle = &create_token});
  routes.push_back({.method = "DELETE",
                    .path = "/v1/tokens/{id}",
                    .operation = "revokeToken",
                    .group = "Identity",
                    .access = Access::operator_,
                    .summary = "Revokes a token, from the answer on. Again changes nothing.",
                    .reply = {.status = 204, .type = "", .summary = "It holds no longer."},
                    .refusals = {404},
                    .handle = &revoke_token});
}

void add_secrets(std::vector<Route>& routes) {
  routes.push_back({.method = "GET",
                    .path = "/v1/secrets",
                    .operation = "listSecrets",
                    .group = "Identity",
                    .access = Access::viewer,
                    .summary = "The names of the tenant's secrets; never their values.",
                    .reply = {.schema = &schema_text<SecretList>, .summary = "The names."},
                    .handle = &list_secrets});
  routes.push_back(
      {.method = "PUT",
       .path = "/v1/secrets/{name}",
       .operation = "putSecret",
       .group = "Identity",
       .access = Access::user,
       .summary = "Keeps a secret, sealed; attempts that start from then on see the new value.",
       .body = {.schema = &schema_text<SecretValue>,
                .types = {"application/json"},
                .summary = "The value, up to 64 KiB."},
       .reply = {.status = 204, .type = "", .summary = "It is kept."},
       .refusals = {413},
       .handle = &put_secret});
  routes.push_back({.method = "DELETE",
                    .path = "/v1/secrets/{name}",
                    .operation = "deleteSecret",
                    .group = "Identity",
                    .access = Access::user,
                    .summary = "Takes a secret away.",
                    .reply = {.status = 204, .type = "", .summary = "It is gone."},
                    .refusals = {404},
                    .handle = &delete_secret});
}

}  // namespace

void add_identity_routes(std::vector<Route>& routes) {
  add_tokens(routes);
  add_secrets(routes);
}

}  // namespace weir::gateway
