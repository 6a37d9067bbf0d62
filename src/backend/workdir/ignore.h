// Which paths a .weirignore leaves out: the pattern language of gitignore(5).
//
//   # comment        !taken/in/again      name (at any depth)     /only/at/the/top
//   folder/          *.tmp                a/**/b                  [a-z]?
//
// One file, at the top of the work folder; the last pattern that matches decides. As with git, a
// path below a folder that is left out cannot be taken in again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::backend::workdir {

class IgnoreRules {
 public:
  IgnoreRules() = default;
  explicit IgnoreRules(std::string_view text);

  // `path` is relative to the work folder, without "./" or a trailing "/".
  [[nodiscard]] bool leaves_out(std::string_view path, bool is_folder) const;

 private:
  struct Rule {
    std::string pattern;
    bool takes_in = false;      // began with "!"
    bool only_folders = false;  // ended with "/"
    bool is_anchored = false;   // has a "/" before its end: matches from the top
  };
  std::vector<Rule> rules_;
};

// Whether the whole of `path` matches: `*` and `?` stop at "/", `**` between slashes does not.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view path);

}  // namespace weir::backend::workdir
