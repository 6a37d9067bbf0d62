#include "backend/workdir/ignore.h"

#include <cstddef>
#include <optional>

namespace weir::backend::workdir {
namespace {

// Reads a "[...]" at the start of `pattern`. Sets `length` to its length; none where it has no end,
// and then "[" stands for itself.
std::optional<bool> matches_class(std::string_view pattern, char c, std::size_t& length) {
  std::size_t at = 1;
  const bool is_negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (is_negated) ++at;
  bool found = false;
  for (bool is_first = true; at < pattern.size(); is_first = false) {
    if (pattern[at] == ']' && !is_first) {
      length = at + 1;
      return found != is_negated && c != '/';
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    found = found || (low <= c && c <= high);
  }
  return std::nullopt;
}

// The length of what one plain element of `pattern` (not a star) takes to match `c`, or 0.
std::size_t match_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return c != '/' ? 1 : 0;
  if (pattern[0] == '[') {
    std::size_t length = 0;
    const std::optional<bool> in_class = matches_class(pattern, c, length);
    if (in_class) return *in_class ? length : 0;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) return pattern[1] == c ? 2 : 0;
  return pattern[0] == c ? 1 : 0;
}

std::string_view without_blanks_at_end(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
  return line;
}

// Between "/"s; `**` is handled above this. Backtracks to the last star only, so it is never slow.
bool matches_name(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t in_name = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (in_name < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_name = in_name;
      continue;
    }
    const std::size_t taken =
        at < pattern.size() ? match_one(pattern.substr(at), name[in_name]) : 0;
    if (taken > 0) {
      at += taken;
      ++in_name;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in_name = ++star_name;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

// The same last-star backtracking over whole names, with `**` as the star.
bool matches_glob(std::string_view pattern, std::string_view path) {
  const std::vector<std::string_view> wanted = split(pattern);
  const std::vector<std::string_view> names = split(path);
  std::size_t at = 0;
  std::size_t in_names = 0;
  std::optional<std::size_t> star;
  std::size_t star_names = 0;
  while (in_names < names.size()) {
    if (at < wanted.size() && wanted[at] == "**") {
      // At the end it means "everything below", which is at least one name.
      if (at + 1 == wanted.size()) return true;
      star = at++;
      star_names = in_names;
    } else if (at < wanted.size() && matches_name(wanted[at], names[in_names])) {
      ++at;
      ++in_names;
    } else if (star) {
      at = *star + 1;
      in_names = ++star_names;
    } else {
      return false;
    }
  }
  return at == wanted.size();
}

IgnoreRules::IgnoreRules(std::string_view text) {
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    std::string_view line = without_blanks_at_end(text.substr(0, newline));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.empty() || line.front() == '#') continue;
    Rule rule;
    if (line.front() == '!') {
      rule.takes_in = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      rule.only_folders = true;
      line.remove_suffix(1);
    }
    rule.is_anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    rule.pattern = line;
    rules_.push_back(std::move(rule));
  }
}

bool IgnoreRules::leaves_out(std::string_view path, bool is_folder) const {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  bool is_left_out = false;
  for (const Rule& rule : rules_) {
    if (rule.only_folders && !is_folder) continue;
    if (rule.takes_in != is_left_out) continue;  // it would change nothing
    if (matches_glob(rule.pattern, rule.is_anchored ? path : name)) is_left_out = !rule.takes_in;
  }
  return is_left_out;
}

}  // namespace weir::backend::workdir
