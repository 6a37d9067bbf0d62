# What the scripts of the five modes share. Sourced, not run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
# Tokens and invitations are written here: nobody else on the machine is to read them.
umask 077
here=$(cd "$(dirname "$0")" && pwd)

give_up() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# hand_out_to FOLDER: where tokens and invitations go, for those they are meant for.
hand_out_to() {
  mkdir -p "$1"
  handed=$(cd "$1" && pwd)
}
# keep FILE COMMAND...: what the command writes, in that file. What is there stays: a second token
# for the same person would be one more to lose, a second invitation would end the first.
keep() {
  local file=$handed/$1
  shift
  [ ! -s "$file" ] || return 0
  "$@" >"$file.new"
  mv "$file.new" "$file"
}
make_token() {
  weir token create --principal "$1" --tenant "$2" --role "$3" --json | jq -er .token
}
# token_for NAME TENANT ROLE: their token, in NAME.token.
token_for() { keep "$1.token" make_token "$@"; }
# invite SITE: what its owner gives to `join`, in SITE.invitation.
invite() { keep "$1.invitation" weir site add "$1" --token-lasts 24h --json; }
