# What the script tests share. Each test builds a small tree in a folder of its own, runs a script
# on it and says what must come out.
# shellcheck shell=bash
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../scripts" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
passed=0
failed=0

# write FILE: the standard input becomes FILE of the tree.
write() {
  mkdir -p "$tree/$(dirname "$1")"
  cat >"$tree/$1"
}
# begin: an empty tree, which the test's own `lay_tree` then fills with a good one.
begin() {
  find "$tree" -mindepth 1 -delete
  lay_tree
}
verdict() {
  if [ "$1" = ok ]; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$2"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n%s\n' "$2" "$output" | sed '2,$s/^/        /'
  fi
}
# passes NAME COMMAND...: the command succeeds.
passes() {
  local name=$1 code=0
  shift
  output=$("$@" 2>&1) || code=$?
  if [ "$code" -eq 0 ]; then verdict ok "$name"; else verdict bad "$name"; fi
}
# fails_with NAME TEXT COMMAND...: the command fails, and says TEXT.
fails_with() {
  local name=$1 text=$2 code=0
  shift 2
  output=$("$@" 2>&1) || code=$?
  if [ "$code" -ne 0 ] && grep -qF -- "$text" <<<"$output"; then
    verdict ok "$name"
  else
    output="wanted a failure that says: $text
got exit code $code and:
$output"
    verdict bad "$name"
  fi
}
finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}
