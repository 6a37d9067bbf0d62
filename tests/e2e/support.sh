# What the end-to-end tests share. Each starts real servers on free ports of loopback, with their
# data in a folder of its own, and leaves nothing behind: no process, no folder.
#
# WEIR_BUILD_DIR names the folder with the programs.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
weir=${WEIR_BUILD_DIR:?names the folder with the weir program}/weir
scratch=$(mktemp -d)
export WEIR_HOME=$scratch/data NO_COLOR=1
unset WEIR_SERVER WEIR_TOKEN XDG_DATA_HOME
cd "$scratch"
# As somebody would type it.
weir() { "$weir" "$@"; }

passed=0
failed=0
server=
said=
code=0

# ---- what holds, and what does not

verdict() {
  if [ "$1" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$2"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$2"
    printf '%s\n' "$3" | sed 's/^/        /'
  fi
}
# try COMMAND...: runs it; `code` is what it ended with, `said` what it wrote.
try() {
  code=0
  said=$("$@" 2>&1 </dev/null) || code=$?
}
# ends NAME CODE COMMAND...: the command ends with that code.
ends() {
  local name=$1 wanted=$2 good=0
  shift 2
  try "$@"
  [ "$code" -eq "$wanted" ] || good=1
  verdict "$good" "$name" "wanted exit code $wanted of: $*
got $code and:
$said"
}
# says NAME PATTERN: the last command wrote a line like that (an extended regular expression).
says() {
  local good=0
  grep -qiE -e "$2" <<<"$said" || good=1
  verdict "$good" "$1" "wanted a line like: $2
got:
$said"
}
is() {
  local good=0
  [ "$2" = "$3" ] || good=1
  verdict "$good" "$1" "wanted: $2
got:    $3"
}
holds() {
  local name=$1 good=0
  shift
  try "$@"
  [ "$code" -eq 0 ] || good=1
  verdict "$good" "$name" "ended with $code: $*
$said"
}
finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}
give_up() {
  printf 'cannot go on: %s\n' "$*" >&2
  exit 1
}

# ---- waiting for what comes by itself

# until_true WHAT COMMAND...: waits until the command succeeds; gives up after 30 seconds.
until_true() {
  local what=$1 tries=0
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 1500 ] || give_up "waited in vain for: $what"
    sleep 0.02
  done
}
state_of() { weir show "$1" --json | jq -r .summary.state; }
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }
log_has() { weir logs --stream program "$1" | grep -q -e "$2"; }

# ---- servers

# start_server WORD...: a server on $WEIR_HOME; `url` and `token` are how to reach it.
start_server() {
  : >"$scratch/server.out"
  "$weir" serve --port 0 "$@" >"$scratch/server.out" 2>"$scratch/server.err" &
  server=$!
  until grep -q '^Weir .* serves ' "$scratch/server.out"; do
    kill -0 "$server" 2>/dev/null || give_up "no server: $(cat "$scratch/server.err")"
    sleep 0.02
  done
  url=$(sed -n 's/^Weir .* on \(http:[^ ]*\) .*/\1/p' "$scratch/server.out")
  token=$(cat "$WEIR_HOME/operator.token")
}
# `server_code` is what it ended with.
end_server() {
  server_code=0
  kill "-$1" "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || server_code=$?
  server=
}
stop_server() { end_server TERM; }
kill_server() { end_server KILL; }

# api METHOD PATH CURL_WORD...: `status` and `body` of the answer, asked for with $token.
api() {
  local method=$1 path=$2
  shift 2
  status=$(curl -sS -m 30 -X "$method" -H "Authorization: Bearer $token" -o "$scratch/body" \
    -w '%{http_code}' "$@" "$url$path")
  body=$(tr -d '\0' <"$scratch/body")
}

# ---- processes

# Those of our jobs: whatever a job starts inherits this variable, unless it hides on purpose.
job_processes() {
  grep -lsaF -f <(printf 'WEIR_RUN_FOLDER=%s\n' "$scratch") /proc/[0-9]*/environ |
    grep -oE '[0-9]+' || true
}
# Those with a text in their command line.
processes_with() {
  grep -lsaF -f <(printf '%s\n' "$1") /proc/[0-9]*/cmdline | grep -oE '[0-9]+' || true
}
clean_up() {
  local left
  [ -z "$server" ] || end_server TERM
  left=$(job_processes)
  # shellcheck disable=SC2086
  [ -z "$left" ] || kill -KILL $left 2>/dev/null || true
  cd /
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
