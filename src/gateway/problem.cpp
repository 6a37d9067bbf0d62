#include "gateway/problem.h"

#include <array>
#include <string>

#include "base/check.h"
#include "base/json.h"

namespace weir::gateway {
namespace {

constexpr std::array notes{
    ProblemNote{ProblemType::invalid, 400, "invalid", "The request is wrong as it stands"},
    ProblemNote{ProblemType::unknown_field, 400, "unknown-field",
                "The body has a field that is not known"},
    ProblemNote{ProblemType::unknown_parameter, 400, "unknown-parameter",
                "The query has a parameter that is not known"},
    ProblemNote{ProblemType::unauthenticated, 401, "unauthenticated",
                "The request has no identity that holds"},
    ProblemNote{ProblemType::forbidden, 403, "forbidden", "This identity may not do this"},
    ProblemNote{ProblemType::not_found, 404, "not-found", "There is no such thing"},
    ProblemNote{ProblemType::no_such_path, 404, "no-such-path", "There is no such path"},
    ProblemNote{ProblemType::method_not_allowed, 405, "method-not-allowed",
                "The path does not take this method"},
    ProblemNote{ProblemType::conflict, 409, "conflict",
                "The request is well formed but does not fit the state of things"},
    ProblemNote{ProblemType::too_large, 413, "too-large", "The request is over a stated limit"},
    ProblemNote{ProblemType::unsupported_media_type, 415, "unsupported-media-type",
                "The body is of a type that is not read here"},
    ProblemNote{ProblemType::refused, 422, "refused", "This can never be served as it is asked"},
    ProblemNote{ProblemType::too_many, 429, "too-many", "A stated number is used up"},
    ProblemNote{ProblemType::input_output, 500, "input-output", "A file or the store failed"},
    ProblemNote{ProblemType::unavailable, 503, "unavailable",
                "The other side cannot be reached or is ending"},
};

void append_text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += R"(,")";
  out += name;
  out += R"(":)";
  base::append_json_text(out, value);
}

void append_number(std::string& out, std::string_view name, std::uint32_t value) {
  if (value == 0) return;
  out += R"(,")";
  out += name;
  out += R"(":)";
  out += std::to_string(value);
}

// What is known of one error, each member with its comma before it.
void append_particulars(std::string& out, const base::Error& error) {
  append_text(out, "detail", error.message);
  append_text(out, "field", error.field);
  append_text(out, "hint", error.hint);
  append_text(out, "file", error.place.file);
  append_number(out, "line", error.place.line);
  append_number(out, "column", error.place.column);
}

http::HttpResponse answer(const ProblemNote& note, const base::Error& error,
                          std::span<const base::Error> all) {
  http::HttpResponse response;
  response.status = note.status;
  response.content_type = "application/problem+json";
  std::string& out = response.body;
  out = R"({"type":"/problems/)";
  out += note.name;
  out += R"(","title":)";
  base::append_json_text(out, note.title);
  out += R"(,"status":)" + std::to_string(note.status);
  append_particulars(out, error);
  if (all.size() > 1) {
    out += R"(,"errors":[)";
    for (const base::Error& each : all) {
      if (out.back() != '[') out += ',';
      out += R"({"type":"/problems/)";
      out += note_of(problem_type(each)).name;
      out += '"';
      append_particulars(out, each);
      out += '}';
    }
    out += ']';
  }
  out += '}';
  return response;
}

}  // namespace

std::span<const ProblemNote> all_problems() { return notes; }

const ProblemNote& note_of(ProblemType type) {
  for (const ProblemNote& note : notes) {
    if (note.type == type) return note;
  }
  WEIR_CHECK(false, "every type of problem has its note");
  return notes.front();
}

ProblemType problem_type(const base::Error& error) {
  switch (error.code) {
    case base::ErrorCode::invalid:
      // The reader of bodies (base/read.h) says exactly this.
      return error.message == "unknown field" ? ProblemType::unknown_field : ProblemType::invalid;
    case base::ErrorCode::unauthenticated:
      return ProblemType::unauthenticated;
    case base::ErrorCode::forbidden:
      return ProblemType::forbidden;
    case base::ErrorCode::not_found:
      return ProblemType::not_found;
    case base::ErrorCode::conflict:
      return ProblemType::conflict;
    case base::ErrorCode::refused:
      return ProblemType::refused;
    case base::ErrorCode::too_large:
      return ProblemType::too_large;
    case base::ErrorCode::too_many:
      return ProblemType::too_many;
    case base::ErrorCode::unavailable:
      return ProblemType::unavailable;
    case base::ErrorCode::input_output:
      return ProblemType::input_output;
  }
  return ProblemType::invalid;
}

http::HttpResponse problem_of(ProblemType type, const base::Error& error) {
  return answer(note_of(type), error, {});
}

http::HttpResponse problem_of(const base::Error& error) {
  return problem_of(problem_type(error), error);
}

http::HttpResponse problem_of(const std::vector<base::Error>& errors) {
  WEIR_CHECK(!errors.empty(), "a problem has an error");
  return answer(note_of(problem_type(errors.front())), errors.front(), errors);
}

}  // namespace weir::gateway
