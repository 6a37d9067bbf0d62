# What the scripts share. Sourced, not run: sets $root and goes there.
# shellcheck shell=bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '== %s\n' "$*"; }
complain() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
give_up() {
  complain "$@"
  exit 1
}

# The folder that a preset builds in: the bench preset is the release build and more of it.
build_folder() {
  case $1 in
    bench) echo "$root/build/release" ;;
    *) echo "$root/build/$1" ;;
  esac
}

# How many compilers to run at once: one a core, but none without 1 GiB of memory of its own.
jobs_at_once() {
  if [ -n "${JOBS:-}" ]; then
    echo "$JOBS"
    return
  fi
  local cores by_memory
  cores=$(nproc)
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  [ "${by_memory:-0}" -ge 1 ] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}
