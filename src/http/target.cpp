#include "http/target.h"

#include <fmt/format.h>
#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace weir::http {
namespace {

using base::ErrorCode;
using base::fail;

bool plain(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.' ||
         letter == '~';
}

tl::unexpected<base::Error> dot_segment() {
  return fail(ErrorCode::invalid, "the path holds a dot segment, which is not followed", "path");
}

base::Status check_segment(std::string_view segment) {
  if (segment == "." || segment == "..") return dot_segment();
  const auto control = [](char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
  };
  if (std::ranges::any_of(segment, control)) {
    return fail(ErrorCode::invalid, "the path holds a control character", "path");
  }
  return {};
}

// Some readers would take such a path for an authority, others for a path.
tl::unexpected<base::Error> two_slashes() {
  return fail(ErrorCode::invalid, "the path begins with two slashes", "target");
}

// Most targets are plain letters and slashes. They need no URL library.
bool all_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return plain(letter) || letter == '/'; });
}

base::Result<Target> split_plain(std::string_view path) {
  Target target;
  path.remove_prefix(1);
  if (path.empty()) return target;
  for (;;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    WEIR_TRY_STATUS(check_segment(segment));
    target.segments.emplace_back(segment);
    if (slash == std::string_view::npos) return target;
    path.remove_prefix(slash + 1);
  }
}

base::Result<Target> from_url(const boost::urls::url_view& url) {
  if (url.has_fragment()) {
    return fail(ErrorCode::invalid, "a request target has no fragment", "target");
  }
  if (url.has_userinfo()) {
    return fail(ErrorCode::invalid, "a request target has no user information", "target");
  }
  // Boost.URL 1.81 takes a relative path behind an empty port, and does not count "/./" at the
  // beginning as a segment.
  const std::string_view path(url.encoded_path().data(), url.encoded_path().size());
  if (!path.empty() && !path.starts_with('/')) {
    return fail(ErrorCode::invalid, "the path does not begin with a slash", "target");
  }
  if (path.starts_with("//")) return two_slashes();
  if (path.starts_with("/./")) return dot_segment();
  Target target;
  target.authority = std::string(url.encoded_host_and_port());
  for (const auto segment : url.encoded_segments()) {
    target.segments.push_back(segment.decode());
    WEIR_TRY_STATUS(check_segment(target.segments.back()));
  }
  boost::urls::encoding_opts form;
  form.space_as_plus = true;
  for (const auto& parameter : url.encoded_params()) {
    target.query.emplace_back(parameter.key.decode(form),
                              parameter.has_value ? parameter.value.decode(form) : std::string());
  }
  return target;
}

}  // namespace

base::Result<Target> parse_target(std::string_view text) {
  if (text == "*") return Target{};
  if (text.starts_with("//")) return two_slashes();
  if (text.starts_with('/') && all_plain(text)) return split_plain(text);
  const boost::urls::string_view view(text.data(), text.size());
  if (text.starts_with('/')) {
    const auto url = boost::urls::parse_origin_form(view);
    if (url.has_error()) return fail(ErrorCode::invalid, url.error().message(), "target");
    return from_url(*url);
  }
  const auto url = boost::urls::parse_absolute_uri(view);
  if (url.has_error()) return fail(ErrorCode::invalid, url.error().message(), "target");
  if ((url->scheme_id() != boost::urls::scheme::http &&
       url->scheme_id() != boost::urls::scheme::https) ||
      url->host().empty()) {
    return fail(ErrorCode::invalid, "an absolute target names http, https and a host", "target");
  }
  return from_url(*url);
}

std::string encode_component(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char letter : text) {
    if (plain(letter)) {
      encoded += letter;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
  }
  return encoded;
}

}  // namespace weir::http
