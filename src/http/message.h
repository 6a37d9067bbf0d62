// A request and a response as the rest of the gateway sees them: plain values, no socket, no Boost.
//
// What a request means (route, identity, schema) is decided above this folder. What is here has
// already passed the rules of HTTP itself (request_rules.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::http {

struct TlsPeer;  // http/tls.h

// Header fields in the order they came. Names compare without regard to case; a name may repeat.
// All text lies in one string, so that a request with a dozen fields costs two allocations.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  void add(std::string_view name, std::string_view value);
  // The first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return spans_.size(); }
  // The views live as long as this object is neither changed nor moved.
  [[nodiscard]] Field at(std::size_t index) const;
  void clear();

 private:
  struct Span {
    std::uint32_t begin;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  std::string text_;
  std::vector<Span> spans_;
};

struct HttpRequest {
  std::string method;                 // as sent, "GET"; methods are case-sensitive
  std::string target;                 // as sent, "/v1/jobs/a%2Fb?limit=5"
  std::vector<std::string> segments;  // of the path, each decoded: {"v1", "jobs", "a/b"}
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; names may repeat
  Headers headers;
  std::string body;       // empty where the body went to a file
  std::string body_file;  // where BodyPlan sent the body; the handler owns that file from here on
  std::uint64_t body_bytes = 0;         // of the body, wherever it is
  std::string remote;                   // "127.0.0.1:51234"
  std::uint64_t connection = 0;         // counts connections of this server from 1
  std::shared_ptr<const TlsPeer> peer;  // where it came in over TLS; null: it did not

  // The first query parameter of that name; none if it was not given.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

// A stretch of a file, sent in place of a body.
struct FileSlice {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type;  // "" where there is no body
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<FileSlice> file;

  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// An answer that says no, as RFC 9457 has it.
struct Problem {
  unsigned status = 400;
  std::string_view type;   // one stable word, "header-too-large"; sent as "/problems/<type>"
  std::string_view title;  // the same sentence for every problem of this type
  std::string detail;      // this occurrence: what was sent, what holds
};

// The `application/problem+json` document of a problem.
[[nodiscard]] HttpResponse problem_response(const Problem& problem);

[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right);

}  // namespace weir::http
