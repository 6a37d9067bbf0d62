// What a rank's container runs: a shell script around its setup and its program.
//
// The cluster knows one command a container. What Weir owes a rank beyond that is kept by this
// script, inside: two stages, a time limit to the second and below, a notice before it, TERM to all
// of the stage and KILL after the grace, and the stage in which it ended. It needs `sh`, `sleep`
// and, for signals to reach more than the first process, `setsid` in the image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/rank.h"

namespace weir::backend::kubernetes {

// Where things are in the container.
inline constexpr std::string_view work_folder = "/weir/work";
inline constexpr std::string_view pod_folder = "/weir/pod";  // what the pod is told while it runs
inline constexpr std::string_view notice_file = "notice";
inline constexpr std::string_view last_words_file = "/dev/termination-log";

// A line of the log that begins so is the script's own: "note WORDS", "setup", "program", "end".
inline constexpr std::string_view mark_in_log = "\036weir ";

// No longer text fits in an argument of a process.
inline constexpr std::size_t stage_bytes_max = 120'000;

// The command of the container, ready for a pod: nothing in it is expanded by the cluster.
[[nodiscard]] std::vector<std::string> container_command(const RankOrder& order);

// Text that the cluster gives on as it stands: it expands $(NAME), and "$$" means "$".
[[nodiscard]] std::string unexpanded(std::string_view text);

// "0.250", "90": seconds as `sleep` takes them; a fraction only where there is one.
[[nodiscard]] std::string seconds_text(base::Duration duration);

// The script's last words, "weir 1 END STAGE CODE", as the cluster keeps them of a container.
struct LastWords {
  enum class End : std::uint8_t { running, exited, stopped, timed_out };
  End end = End::running;  // `running`: it was ended before it could say how
  Stage stage = Stage::program;
};
// None where these are not the script's words.
[[nodiscard]] std::optional<LastWords> parse_last_words(std::string_view text);

}  // namespace weir::backend::kubernetes
