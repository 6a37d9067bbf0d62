#include "http/problems.h"

#include <array>

namespace weir::http {
namespace {

using enum TransportProblem;

constexpr auto notes = std::to_array<TransportProblemNote>({
    {malformed_message, 400, "malformed-message", "The message is not well-formed HTTP/1.1"},
    {malformed_target, 400, "malformed-target", "The target of the request is not well-formed"},
    {request_timeout, 408, "request-timeout", "The request did not arrive in time"},
    {body_too_large, 413, "body-too-large", "The body is too large"},
    {expectation_failed, 417, "expectation-failed", "This expectation cannot be met"},
    {host_not_served, 421, "host-not-served", "This server does not answer to that host name"},
    {header_too_large, 431, "header-too-large", "The request line and header fields are too large"},
    {no_answer, 500, "no-answer", "The request was not answered"},
    {file_not_readable, 500, "file-not-readable", "The answer could not be read"},
    {transfer_coding_not_supported, 501, "transfer-coding-not-supported",
     "This transfer coding is not supported"},
    {too_many_connections, 503, "too-many-connections", "The server has too many connections"},
    {body_not_stored, 507, "body-not-stored", "The body could not be stored"},
});

constexpr bool in_order() {
  for (std::size_t i = 0; i < notes.size(); ++i) {
    if (static_cast<std::size_t>(notes.at(i).problem) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const TransportProblemNote> transport_problems() { return notes; }

Problem problem_of(TransportProblem problem, std::string detail) {
  const TransportProblemNote& note = notes.at(static_cast<std::size_t>(problem));
  return {note.status, note.type, note.title, std::move(detail)};
}

}  // namespace weir::http
