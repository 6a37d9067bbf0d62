#include "backend/kubernetes/rank_script.h"

#include <fmt/format.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): sigabbrev_np

#include <algorithm>

namespace weir::backend::kubernetes {
namespace {

// Positional: setup, run, time limit, notice after, notice signal, grace, last words, asked file.
// Its variables begin with weir_, so that none of the program's environment is changed by them. A
// process group for each stage (setsid) lets a signal reach all of it; what is still there after
// the stage is killed, and the container's end takes what left the group.
constexpr std::string_view script = R"sh(
weir_setup=$1 weir_run=$2 weir_limit=$3 weir_after=$4 weir_notice=$5 weir_grace=$6
weir_said=$7 weir_asked=$8
weir_main=$$ weir_child= weir_stage=program weir_ending= weir_code=0 weir_interrupted=
weir_say() { printf 'weir 1 %s %s %s\n' "$1" "$weir_stage" "$2" >"$weir_said"; } 2>/dev/null
weir_remark() { printf '\036weir note %s\n' "$*"; }
weir_send() {
  [ -n "$weir_child" ] || return 0
  kill -s "$1" -- "-$weir_child" 2>/dev/null || kill -s "$1" "$weir_child" 2>/dev/null || :
}
weir_end() {
  weir_interrupted=1
  [ -z "$weir_ending" ] || return 0
  weir_ending=$1
  weir_say "$1" 0
  weir_remark "$2: SIGTERM sent, SIGKILL in ${weir_grace}s"
  weir_send TERM
  (sleep "$weir_grace"; kill -s HUP "$weir_main") >/dev/null 2>&1 &
}
weir_kill() {
  weir_interrupted=1
  weir_remark "SIGKILL sent to what was left"
  weir_send KILL
}
weir_give_notice() {
  weir_interrupted=1
  [ -z "$weir_ending" ] || return 0
  weir_remark "notice: SIG$weir_notice sent"
  weir_send "$weir_notice"
}
weir_finish() {
  trap '' TERM ALRM HUP USR2
  weir_say "${weir_ending:-exited}" "$1"
  printf '\036weir end\n'
  exit "$1"
}
weir_stage_of() {
  weir_stage=$1
  [ -z "$weir_ending" ] || weir_finish 143
  weir_say running 0
  printf '\036weir %s\n' "$1"
  case $2 in
    '#!'*)
      printf '%s\n' "$2" >"./.weir-$1" && chmod 700 "./.weir-$1"
      set -- "./.weir-$1" ;;
    *)
      [ -z "$weir_notice" ] || set -- "$1" "trap : $weir_notice
$2"
      set -- sh -c "$2" ;;
  esac
  if command -v setsid >/dev/null 2>&1; then setsid "$@" 2>&1 & else "$@" 2>&1 & fi
  weir_child=$!
  weir_code=
  while :; do
    weir_interrupted=
    wait "$weir_child" 2>/dev/null  # or some shells say there how it ended
    weir_now=$?
    # A wait that a signal broke off is done again; 127 after a whole one: it had been waited for.
    [ "$weir_now" -eq 127 ] && [ -n "$weir_code" ] && [ "$weir_code" -le 128 ] ||
      weir_code=$weir_now
    [ -n "$weir_interrupted" ] || break
  done
  kill -s KILL -- "-$weir_child" 2>/dev/null
  weir_child=
}
trap 'weir_end stopped "told to end"' TERM
trap 'weir_end timed_out "time limit reached"' ALRM
trap 'weir_kill' HUP
trap 'weir_give_notice' USR2
[ -z "$weir_limit" ] || { (sleep "$weir_limit"; kill -s ALRM "$weir_main") >/dev/null 2>&1 & }
[ -z "$weir_after" ] || { (sleep "$weir_after"; kill -s USR2 "$weir_main") >/dev/null 2>&1 & }
[ -z "$weir_asked" ] || {
  (while [ ! -s "$weir_asked" ]; do sleep 1; done; kill -s USR2 "$weir_main") >/dev/null 2>&1 &
}
if [ -n "$weir_setup" ]; then
  weir_stage_of setup "$weir_setup"
  [ "$weir_code" -eq 0 ] && [ -z "$weir_ending" ] || weir_finish "$weir_code"
fi
weir_stage_of program "$weir_run"
weir_finish "$weir_code"
)sh";

std::string signal_name(int signal) {
  const char* const name = signal != 0 ? ::sigabbrev_np(signal) : nullptr;
  return name != nullptr ? name : "";
}

}  // namespace

std::string unexpanded(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (const char c : text) {
    out += c;
    if (c == '$') out += '$';
  }
  return out;
}

std::string seconds_text(base::Duration duration) {
  const std::int64_t milli = std::max<std::int64_t>(base::to_us(duration) / 1000, 0);
  return milli % 1000 == 0 ? std::to_string(milli / 1000)
                           : fmt::format("{}.{:03}", milli / 1000, milli % 1000);
}

std::vector<std::string> container_command(const RankOrder& order) {
  const std::string notice = signal_name(order.notice_signal);
  std::string limit;
  std::string notice_after;
  if (order.time_limit) {
    limit = seconds_text(*order.time_limit);
    const base::Duration after = *order.time_limit - order.notice_before;
    if (!notice.empty() && after > base::Duration(0)) notice_after = seconds_text(after);
  }
  std::string asked;
  if (!notice.empty()) asked = std::string(pod_folder) + "/" + std::string(notice_file);
  std::vector<std::string> command = {"/bin/sh",
                                      "-c",
                                      std::string(script),
                                      "weir",
                                      order.setup,
                                      order.run,
                                      limit,
                                      notice_after,
                                      notice,
                                      seconds_text(order.kill_grace),
                                      std::string(last_words_file),
                                      asked};
  for (std::string& part : command) part = unexpanded(part);
  return command;
}

std::optional<LastWords> parse_last_words(std::string_view text) {
  constexpr std::string_view begin = "weir 1 ";
  if (!text.starts_with(begin)) return std::nullopt;
  text.remove_prefix(begin.size());
  const std::string_view end = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(end.size() + 1, text.size()));
  const std::string_view stage = text.substr(0, text.find(' '));
  LastWords words;
  if (end == "exited")
    words.end = LastWords::End::exited;
  else if (end == "stopped")
    words.end = LastWords::End::stopped;
  else if (end == "timed_out")
    words.end = LastWords::End::timed_out;
  else if (end != "running")
    return std::nullopt;
  if (stage == "setup")
    words.stage = Stage::setup;
  else if (stage != "program")
    return std::nullopt;
  return words;
}

}  // namespace weir::backend::kubernetes
