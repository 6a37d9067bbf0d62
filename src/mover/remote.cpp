#include "mover/remote.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace weir::mover {

using base::fail;
using base::Result;

namespace {

tl::unexpected<base::Error> amiss(std::size_t at, const std::string& what) {
  return fail(base::ErrorCode::invalid, what + ", at letter " + std::to_string(at + 1), "remote",
              "write :BACKEND,option='value':PATH, a folder, or NAME:PATH");
}

bool is_name_letter(char letter) {
  return (std::isalnum(static_cast<unsigned char>(letter)) != 0) || letter == '_' || letter == '-';
}

std::string_view take_name(std::string_view text, std::size_t& at) {
  const std::size_t from = at;
  while (at < text.size() && is_name_letter(text[at])) ++at;
  return text.substr(from, at - from);
}

// A quote inside of quotes is written twice.
Result<std::string> take_quoted(std::string_view text, std::size_t& at) {
  const char quote = text[at++];
  std::string value;
  for (;; ++at) {
    if (at >= text.size()) return amiss(at, "the quoted value has no end");
    if (text[at] != quote) {
      value += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == quote) {
      value += text[at++];
    } else {
      ++at;
      return value;
    }
  }
}

Result<std::string> take_value(std::string_view text, std::size_t& at) {
  if (at < text.size() && (text[at] == '\'' || text[at] == '"')) return take_quoted(text, at);
  const std::size_t from = at;
  while (at < text.size() && text[at] != ',' && text[at] != ':') ++at;
  return std::string(text.substr(from, at - from));
}

std::string option_name(std::string_view text) {
  std::string name(text);
  for (char& letter : name) {
    letter =
        letter == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return name;
}

std::string variable(const std::string& remote, std::string_view option) {
  std::string name = "RCLONE_CONFIG_" + remote + "_";
  name += option;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return name;
}

// Options by which rclone would start a program of whoever describes the replica.
bool starts_programs(std::string_view option) {
  return option.ends_with("_command") || option == "ssh";
}

bool holds_no_zero(const std::string& text) { return text.find('\0') == std::string::npos; }

}  // namespace

Result<Remote> parse_remote(std::string_view text) {
  Remote remote;
  if (text.empty()) return amiss(0, "is empty");
  if (text.front() != ':') {
    remote.path = text;
    return remote;
  }
  std::size_t at = 1;
  remote.backend = take_name(text, at);
  if (remote.backend.empty()) return amiss(at, "names no backend");
  while (at < text.size() && text[at] == ',') {
    ++at;
    const std::string name = option_name(take_name(text, at));
    if (name.empty()) return amiss(at, "an option has no name");
    std::string value = "true";
    if (at < text.size() && text[at] == '=') value = WEIR_TRY(take_value(text, ++at));
    if (!remote.options.emplace(name, std::move(value)).second) {
      return amiss(at, "gives the option " + name + " twice");
    }
  }
  if (at >= text.size() || text[at] != ':') {
    return amiss(at, "a ',' and an option, or a ':' and a path were expected");
  }
  // What often happens to ":webdav,url=http://…": the address needs quotes.
  if (text.substr(at).starts_with("://")) {
    return amiss(at, "an address stands without quotes");
  }
  remote.path = text.substr(at + 1);
  return remote;
}

bool is_obscured(std::string_view option) {
  constexpr std::array<std::string_view, 4> names{"pass", "password", "password2", "key_file_pass"};
  return std::find(names.begin(), names.end(), option) != names.end();
}

Result<std::map<std::string, std::string>> remote_environment(const std::string& name,
                                                              const Replica& replica) {
  Remote remote = WEIR_TRY(parse_remote(replica.remote));
  for (const auto& [option, value] : replica.secrets) {
    if (remote.backend.empty()) {
      return fail(base::ErrorCode::invalid, "are for a remote that is described in place",
                  "secrets", "leave them to rclone's own file, or write :BACKEND,…:PATH");
    }
    remote.options.insert_or_assign(option_name(option), value);
  }
  std::map<std::string, std::string> variables;
  std::string root = remote.path;
  if (!remote.backend.empty()) {
    const std::string described = name + "at";
    variables[variable(described, "type")] = remote.backend;
    for (const auto& [option, value] : remote.options) {
      if (starts_programs(option)) {
        return fail(base::ErrorCode::forbidden, "the option " + option + " starts a program",
                    "remote", "describe such a remote in rclone's own file at the site");
      }
    }
    for (const auto& [option, value] : remote.options) {
      const bool is_name =
          !option.empty() && std::all_of(option.begin(), option.end(), is_name_letter);
      if (!is_name || !holds_no_zero(value)) {
        return fail(base::ErrorCode::invalid, "\"" + option + "\" is no option that can be given",
                    "secrets");
      }
      variables[variable(described, option)] = value;
    }
    root = described + ":" + remote.path;
  }
  if (!holds_no_zero(root)) return amiss(root.find('\0'), "holds a zero byte");
  // One more name for it, so that no letter of the path has to fit into an address.
  variables[variable(name, "type")] = "alias";
  variables[variable(name, "remote")] = root;
  return variables;
}

}  // namespace weir::mover
