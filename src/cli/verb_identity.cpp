// token and secret: who may ask, and what jobs may know.
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "cli/output.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "gateway/replies.h"

namespace weir::cli {

namespace {

// Reads a value from standard input: a line without echo on a terminal, everything otherwise.
std::string read_secret_value(const std::string& name) {
  if (!is_terminal(STDIN_FILENO)) {
    std::string value{std::istreambuf_iterator<char>(std::cin), {}};
    while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
    return value;
  }
  termios before{};
  ::tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::fprintf(stderr, "Value of %s: ", name.c_str());
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::string value;
  std::getline(std::cin, value);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::fputs("\n", stderr);
  return value;
}

base::Result<int> create_token(Client& client, const Common& common, const TokenFlags& flags) {
  const auto role = base::enum_from<model::Role>(flags.role);
  if (!role) {
    return base::fail(base::ErrorCode::invalid, "`" + flags.role + "` is no role", "--role",
                      "one of viewer, user, operator");
  }
  const std::string answer = WEIR_TRY(
      client.call("POST", "/v1/tokens",
                  base::to_json(gateway::TokenOrder{flags.tenant, flags.principal, *role})));
  if (common.format == Format::json) {
    std::printf("%s\n", answer.c_str());
    return 0;
  }
  const auto made = WEIR_TRY(base::from_json<gateway::NewToken>(answer));
  std::printf("%s\n", made.token.c_str());
  std::fprintf(stderr, "Token %llu of %s (%s, %s). It is shown this once.\n",
               static_cast<unsigned long long>(made.id.value), made.principal.c_str(),
               made.tenant.c_str(), std::string(base::enum_name(made.role)).c_str());
  return 0;
}

}  // namespace

int verb_token(const Common& common, const TokenFlags& flags) {
  if (flags.action == "ls") {
    return show_answer<gateway::TokenList>(common, "/v1/tokens", [](const auto& list) {
      Table table({"ID", "PRINCIPAL", "TENANT", "ROLE", "CREATED", "STATE"});
      for (const model::TokenView& token : list.tokens) {
        table.add({std::to_string(token.id.value), token.principal, token.tenant,
                   std::string(base::enum_name(token.role)), base::format_time(token.created),
                   token.revoked ? "revoked" : "good"});
      }
      table.print();
      return 0;
    });
  }
  return with_client(common, [&](Client& client) -> base::Result<int> {
    if (flags.action == "create") return create_token(client, common, flags);
    (void)WEIR_TRY(client.call("DELETE", "/v1/tokens/" + std::to_string(flags.id)));
    std::printf("token %llu is revoked\n", static_cast<unsigned long long>(flags.id));
    return 0;
  });
}

int verb_secret(const Common& common, const SecretFlags& flags) {
  if (flags.action == "ls") {
    return show_answer<gateway::SecretList>(common, "/v1/secrets", [](const auto& list) {
      for (const std::string& name : list.names) std::printf("%s\n", name.c_str());
      return 0;
    });
  }
  return with_client(common, [&](Client& client) -> base::Result<int> {
    const std::string target = "/v1/secrets/" + escape(flags.name);
    if (flags.action == "rm") {
      (void)WEIR_TRY(client.call("DELETE", target));
      std::printf("secret %s is removed\n", flags.name.c_str());
      return 0;
    }
    const gateway::SecretValue value{read_secret_value(flags.name)};
    (void)WEIR_TRY(client.call("PUT", target, base::to_json(value)));
    std::printf("secret %s is stored\n", flags.name.c_str());
    return 0;
  });
}

}  // namespace weir::cli
