#include "http/answer.h"

#include <utility>

#include "base/document.h"

namespace weir::http {

using base::ErrorCode;

ErrorCode code_of(unsigned status) {
  switch (status) {
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 413:
      return ErrorCode::too_large;
    case 422:
      return ErrorCode::refused;
    case 429:
      return ErrorCode::too_many;
    case 503:
      return ErrorCode::unavailable;
    default:
      return status >= 500 ? ErrorCode::input_output : ErrorCode::invalid;
  }
}

base::Error error_of_problem(ErrorCode code, std::string_view problem, std::string otherwise) {
  base::Error error{code, std::move(otherwise), "", "", {}};
  const auto document = base::parse_json(problem);
  if (!document) return error;
  const auto text = [&](std::string_view name, std::string& to) {
    const base::Document* const value = document->find(name);
    if (value != nullptr && value->is(base::DocumentKind::text)) to = std::string(value->text());
  };
  text("title", error.message);
  text("detail", error.message);
  text("field", error.field);
  text("hint", error.hint);
  return error;
}

}  // namespace weir::http
