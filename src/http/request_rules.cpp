#include "http/request_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include "http/problems.h"

namespace weir::http {
namespace {

Problem malformed(std::string detail) {
  return problem_of(TransportProblem::malformed_message, std::move(detail));
}

// "localhost:8080" → "localhost", "[::1]:80" → "[::1]"; "" for what has neither form.
std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return {};
  const std::size_t colon = host.find(':', bracket);
  const std::string_view name = host.substr(0, colon);
  if (bracket > 0 && name.size() != bracket + 1) return {};
  if (colon == std::string_view::npos) return name;
  const auto digit = [](char letter) { return letter >= '0' && letter <= '9'; };
  return std::ranges::all_of(host.substr(colon + 1), digit) ? name : std::string_view();
}

std::optional<Problem> judge_host(const MessageHead& head, const Target& target,
                                  const std::vector<std::string>& hosts_allowed) {
  const std::size_t count = head.headers.count("Host");
  if (count > 1) return malformed(fmt::format("there are {} Host fields; one is needed", count));
  if (count == 0 && head.version >= 11) return malformed("the Host field is missing");
  const std::string_view host = target.authority.empty()
                                    ? head.headers.find("Host").value_or(std::string_view())
                                    : std::string_view(target.authority);
  if (count == 0 && target.authority.empty()) return std::nullopt;  // HTTP/1.0
  if (host_allowed(host, hosts_allowed)) return std::nullopt;
  return problem_of(TransportProblem::host_not_served,
                    fmt::format("`{}` is not among the hosts this server was told to serve", host));
}

// RFC 9112, sections 6.1 and 6.3. Beast refuses the two fields together; the rest is here.
std::optional<Problem> judge_length(const MessageHead& head) {
  const std::size_t codings = head.headers.count("Transfer-Encoding");
  const std::size_t lengths = head.headers.count("Content-Length");
  if (codings > 0 && lengths > 0) {
    return malformed("Transfer-Encoding and Content-Length do not go together");
  }
  if (lengths > 1 ||
      (lengths == 1 && head.headers.find("Content-Length")->find(',') != std::string_view::npos)) {
    return malformed("there is more than one Content-Length");
  }
  if (codings == 0) return std::nullopt;
  if (codings > 1) return malformed("there is more than one Transfer-Encoding field");
  if (head.version < 11) return malformed("HTTP/1.0 has no Transfer-Encoding");
  if (!head.chunked || !equal_ignoring_case(*head.headers.find("Transfer-Encoding"), "chunked")) {
    return problem_of(TransportProblem::transfer_coding_not_supported,
                      "the only transfer coding read here is `chunked`, alone");
  }
  return std::nullopt;
}

}  // namespace

bool host_allowed(std::string_view host, const std::vector<std::string>& allowed) {
  const std::string_view name = without_port(host);
  return std::ranges::any_of(allowed, [&](const std::string& entry) {
    if (entry == "*") return true;
    // An address of version 6 stands in brackets in a Host field.
    const bool bracketed = entry.find(':') != std::string::npos;
    return equal_ignoring_case(bracketed ? '[' + entry + ']' : entry, name) && !name.empty();
  });
}

std::vector<std::string> loopback_hosts() { return {"localhost", "127.0.0.1", "::1"}; }

std::optional<Problem> judge_head(const MessageHead& head, const Target& target,
                                  const std::vector<std::string>& hosts_allowed) {
  if (auto problem = judge_length(head)) return problem;
  if (auto problem = judge_host(head, target, hosts_allowed)) return problem;
  const auto expect = head.headers.find("Expect");
  if (expect && !equal_ignoring_case(*expect, "100-continue")) {
    return problem_of(TransportProblem::expectation_failed,
                      fmt::format("`Expect: {}` is not known; `100-continue` is", *expect));
  }
  if (head.target == "*" && head.method != "OPTIONS") {
    return malformed("the target `*` belongs to OPTIONS alone");
  }
  return std::nullopt;
}

}  // namespace weir::http
