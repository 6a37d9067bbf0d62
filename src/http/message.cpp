#include "http/message.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/check.h"

namespace weir::http {
namespace {

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return lower(a) == lower(b); });
}

void Headers::add(std::string_view name, std::string_view value) {
  WEIR_CHECK(text_.size() + name.size() + value.size() <= UINT32_MAX,
             "the parser bounds a head far below 4 GiB");
  spans_.push_back({static_cast<std::uint32_t>(text_.size()),
                    static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())});
  text_ += name;
  text_ += value;
}

Headers::Field Headers::at(std::size_t index) const {
  const Span& span = spans_.at(index);
  const std::string_view text = text_;
  return {text.substr(span.begin, span.name_size),
          text.substr(span.begin + span.name_size, span.value_size)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (spans_[i].name_size != name.size()) continue;
    const Field field = at(i);
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    found += equal_ignoring_case(at(i).name, name) ? 1 : 0;
  }
  return found;
}

void Headers::clear() {
  text_.clear();
  spans_.clear();
}

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const {
  const auto found = std::ranges::find(query, name, [](const auto& pair) { return pair.first; });
  return found == query.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const auto& pair) { return equal_ignoring_case(pair.first, name); });
  return found == headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

HttpResponse problem_response(const Problem& problem) {
  const boost::json::object document = {{"type", "/problems/" + std::string(problem.type)},
                                        {"title", problem.title},
                                        {"status", problem.status},
                                        {"detail", problem.detail}};
  HttpResponse response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  response.body = boost::json::serialize(document);
  return response;
}

}  // namespace weir::http
