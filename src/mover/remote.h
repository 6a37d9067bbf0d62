// Reads where a replica is, in rclone's own form, into the settings of a remote that rclone takes
// from its environment. Pure.
//
// "/srv/data/corpus" is a folder, "name:path" a remote of the operator's file, and
// ":webdav,url='http://store:8080',user=weir:corpus/v3" one that is described in place: a backend,
// options, each with a value in quotes where it holds ':' or ',', and a path.
// Source: rclone.org/docs, "Connection strings".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mover/order.h"

namespace weir::mover {

struct Remote {
  std::string backend;                         // "webdav"; "" of a folder or a named remote
  std::map<std::string, std::string> options;  // by name, in small letters with '_'
  std::string path;                            // of a folder or a named remote, all of it

  friend bool operator==(const Remote&, const Remote&) = default;
};

// Fails: invalid, with the letter at which it is amiss.
[[nodiscard]] base::Result<Remote> parse_remote(std::string_view text);

// Whether rclone keeps an option of that name obscured, and takes it in no other form.
[[nodiscard]] bool is_obscured(std::string_view option);

// All that rclone must know of `replica`, as variables of its environment: it then knows a remote
// `name` whose root is the replica. Values of obscured options are put in as they are.
// Fails: invalid, with the field below "replicas[i]"; forbidden, an option that would have rclone
//        start a program.
[[nodiscard]] base::Result<std::map<std::string, std::string>> remote_environment(
    const std::string& name, const Replica& replica);

}  // namespace weir::mover
