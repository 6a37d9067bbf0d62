// Holds query parameters and header fields against their description.
#include <algorithm>
#include <charconv>

#include "base/quantity.h"
#include "base/utf8.h"
#include "gateway/router.h"

namespace weir::gateway {
namespace {

base::Error wrong(std::string_view name, std::string message, std::string hint = {}) {
  return {base::ErrorCode::invalid, std::move(message), std::string(name), std::move(hint), {}};
}

std::optional<base::Error> judge_whole(const Parameter& parameter, std::string_view value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc() && end == value.data() + value.size() && number >= parameter.least &&
      number <= parameter.most) {
    return std::nullopt;
  }
  std::string form = "a whole number from " + std::to_string(parameter.least);
  if (parameter.most != INT64_MAX) form += " to " + std::to_string(parameter.most);
  return wrong(parameter.name, "`" + std::string(value) + "` is not " + form);
}

std::optional<base::Error> judge_name(const Parameter& parameter, std::string_view value) {
  if (std::ranges::find(parameter.names, value) != parameter.names.end()) return std::nullopt;
  std::string hint = base::nearest_name(value, parameter.names);
  if (!hint.empty()) {
    hint = "did you mean `" + hint + "`?";
  } else {
    for (const std::string_view name : parameter.names) {
      hint += (hint.empty() ? "one of " : ", ") + std::string(name);
    }
  }
  return wrong(parameter.name, "`" + std::string(value) + "` is not known here", std::move(hint));
}

std::optional<base::Error> judge_names(const Parameter& parameter, std::string_view value) {
  for (;;) {
    const std::size_t comma = value.find(',');
    if (auto error = judge_name(parameter, value.substr(0, comma))) return error;
    if (comma == std::string_view::npos) return std::nullopt;
    value.remove_prefix(comma + 1);
  }
}

std::optional<base::Error> judge_text(const Parameter& parameter, std::string_view value) {
  if (std::cmp_greater(value.size(), std::min<std::int64_t>(parameter.most, 1024))) {
    return wrong(parameter.name, "is too long");
  }
  const auto control = [](char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
  };
  if (std::ranges::any_of(value, control) || base::utf8_valid_size(value) != value.size()) {
    return wrong(parameter.name, "holds a control character, or is no UTF-8");
  }
  return std::nullopt;
}

std::optional<base::Error> judge(const Parameter& parameter, std::string_view value) {
  switch (parameter.kind) {
    case ParameterKind::text:
      return judge_text(parameter, value);
    case ParameterKind::whole:
      return judge_whole(parameter, value);
    case ParameterKind::flag:
      if (value == "true" || value == "false" || value == "1" || value == "0") return std::nullopt;
      return wrong(parameter.name, "`" + std::string(value) + "` is neither true nor false");
    case ParameterKind::name:
      return judge_name(parameter, value);
    case ParameterKind::names:
      return judge_names(parameter, value);
  }
  return std::nullopt;
}

http::HttpResponse unknown(const Route& route, const std::string& name) {
  std::vector<std::string_view> known;
  for (const Parameter& parameter : route.query) known.push_back(parameter.name);
  std::string hint = base::nearest_name(name, known);
  if (!hint.empty()) {
    hint = "did you mean `" + hint + "`?";
  } else {
    for (const std::string_view each : known) {
      hint += (hint.empty() ? "known here: " : ", ") + std::string(each);
    }
  }
  return problem_of(ProblemType::unknown_parameter,
                    wrong(name, "there is no such query parameter here", std::move(hint)));
}

// A key is kept with tenant and name in one text, so its letters are held to what can be seen.
std::optional<http::HttpResponse> judge_idempotency_key(const http::HttpRequest& request) {
  const auto key = request.headers.find("Idempotency-Key");
  if (!key) return std::nullopt;
  const auto visible = [](char letter) { return letter > 0x20 && letter < 0x7f; };
  if (!key->empty() && key->size() <= 255 && std::ranges::all_of(*key, visible)) {
    return std::nullopt;
  }
  return problem_of(wrong("Idempotency-Key", "is not 1 to 255 visible ASCII characters",
                          "a random UUID makes a good key"));
}

}  // namespace

std::optional<http::HttpResponse> judge_parameters(const Route& route,
                                                   const http::HttpRequest& request) {
  for (std::size_t i = 0; i < request.query.size(); ++i) {
    const auto& [name, value] = request.query[i];
    const auto parameter = std::ranges::find(route.query, name, &Parameter::name);
    if (parameter == route.query.end()) return unknown(route, name);
    for (std::size_t before = 0; before < i; ++before) {
      if (request.query[before].first == name) {
        return problem_of(wrong(name, "is given more than once"));
      }
    }
    if (const auto error = judge(*parameter, value)) return problem_of(*error);
  }
  for (const Parameter& field : route.headers) {
    const auto value = request.headers.find(field.name);
    if (!value) continue;
    if (const auto error = judge(field, *value)) return problem_of(*error);
  }
  if (request.method == "POST") return judge_idempotency_key(request);
  return std::nullopt;
}

}  // namespace weir::gateway
