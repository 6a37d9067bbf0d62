# What the scripts that measure share. Sourced from the project's root: makes a folder of its own,
# keeps the values and figures that are printed, and ends with a table of them.
# shellcheck shell=bash
build=${WEIR_BUILD_DIR:-$PWD/build/release}
weir=$build/weir
load=$build/bench/serve_load
folder=$(mktemp -d)
chmod 755 "$folder"
values=$folder/values
figures=$folder/figures
touch "$values" "$figures"

server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ ! -d "$folder/slurm" ] || bench/slurm/cluster down "$folder/slurm" || true
  rm -rf "$folder"
}
trap cleanup EXIT

# value lines on standard input are kept; everything is shown.
keep() { tee -a "$values" | sed 's/^value /note /'; }
value() { awk -v name="$1" '$1 == "value" && $2 == name { v = $3 } END { print v }' "$values"; }
# figure NAME VALUE UNIT OPERATOR TARGET
figure() {
  awk -v n="$1" -v v="$2" -v u="$3" -v o="$4" -v t="$5" 'BEGIN {
    good = o == ">=" ? v + 0 >= t + 0 : v + 0 <= t + 0
    printf "figure %s %.4g %s target %s%s %s\n", n, v, u, o, t, good ? "ok" : "short" }' |
    tee -a "$figures"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'; }

# judged COMMAND...: a benchmark that prints its figures itself. One that falls short (and says so by
# ending with 1) keeps no other from being measured; finish judges all of them.
judged() {
  "$@" | tee -a "$figures" || [ "${PIPESTATUS[0]}" -eq 1 ]
}

say_machine() {
  echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores," \
    "$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), $(uname -sr)," \
    "$(findmnt -no FSTYPE -T "$folder" 2>/dev/null || echo unknown) file system," \
    "load $(cut -d' ' -f1 /proc/loadavg)," \
    "$("$weir" --version), sqlite $(sqlite3 --version | cut -d' ' -f1), $(slurmctld -V)"
}

# The tables; false if a figure is short.
finish() {
  echo
  echo "| figure | measured | target | |"
  echo "| --- | --- | --- | --- |"
  sed -n 's/^figure \([^ ]*\) \([^ ]*\) \([^ ]*\) target \([^ ]*\) \(.*\)$/| \1 | \2 \3 | \4 | \5 |/p' "$figures"
  echo
  echo "| measured on the way | |"
  echo "| --- | --- |"
  sed -n 's/^value \([^ ]*\) \([^ ]*\)$/| \1 | \2 |/p' "$values"
  ! grep -q 'short$' "$figures"
}
