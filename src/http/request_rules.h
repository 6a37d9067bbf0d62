// What HTTP itself asks of a request's head, beyond its grammar: one Host, a host we serve, one way
// to tell where the body ends. Whatever two readers could read in two ways is refused, because that
// is how requests are smuggled past one of them.
//
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/parser.h"
#include "http/target.h"

namespace weir::http {

// Whether a Host value ("localhost:8080", "[::1]") names a host of the list. Ports are not looked
// at; "*" in the list allows every host; entries of the list are bare names or addresses.
[[nodiscard]] bool host_allowed(std::string_view host, const std::vector<std::string>& allowed);

// The names a server on this machine goes by. A page of the web that had its own name point here
// (DNS rebinding) does not know them.
[[nodiscard]] std::vector<std::string> loopback_hosts();

// Why this head may not pass; none if it may. `target` is its parsed target.
[[nodiscard]] std::optional<Problem> judge_head(const MessageHead& head, const Target& target,
                                                const std::vector<std::string>& hosts_allowed);

}  // namespace weir::http
