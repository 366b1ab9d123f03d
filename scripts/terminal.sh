# Sourced by the scripts beside it: where the checkout is, and how a script talks to the person who started it.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT" || exit 1
TARGET="${CARGO_TARGET_DIR:-$ROOT/target}"
LOGS="$TARGET/logs"
mkdir -p "$LOGS"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' YELLOW=$'\e[33m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' RED='' YELLOW='' GREEN='' PLAIN=''
fi

# Scripts that this one starts go on with its clock.
export MS_STARTED="${MS_STARTED:-$(date +%s)}"
step() {
  local sec=$(($(date +%s) - MS_STARTED))
  printf '%s==>%s %s%s%s %s%d:%02d%s\n' "$GREEN" "$PLAIN" "$BOLD" "$*" "$PLAIN" "$DIM" $((sec / 60)) $((sec % 60)) "$PLAIN"
}
note() { printf '    %s%s%s\n' "$DIM" "$*" "$PLAIN"; }
warn() { printf '%swarning:%s %s\n' "$YELLOW" "$PLAIN" "$*" >&2; }
die() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

# No script ends in silence: what fails without a word of its own is named.
trap 'printf "%serror:%s %s, line %s: %s\n" "$RED" "$PLAIN" "$0" "$LINENO" "$BASH_COMMAND" >&2' ERR

has() { command -v "$1" >/dev/null 2>&1; }

# quietly NAME COMMAND...: keeps the command's output in a log of that name and shows it only when the command fails.
quietly() {
  local log="$LOGS/$1.log"
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "$1 failed; the whole output is in $log"
  fi
}

# load_env: the variables of .env that the environment does not set already, as Compose reads them.
load_env() {
  local file="$ROOT/.env" name value
  [ -f "$file" ] || return 0
  while IFS='=' read -r name value || [ -n "$name" ]; do
    case $name in '' | \#* | *[!A-Za-z0-9_]*) continue ;; esac
    [ -n "${!name+set}" ] || export "$name=$value"
  done <"$file"
}

# readable_in_containers FILE: for the fleet's user (65532), and where possible for nobody else.
readable_in_containers() {
  if [ "$(id -u)" = 0 ]; then
    chgrp 65532 "$1" && chmod 640 "$1"
  else
    chmod 644 "$1"
  fi
}

# debian_mirror: the Debian archive that this machine's apt sources name; empty where they name none.
debian_mirror() {
  # shellcheck disable=SC2016 # apt's own placeholders
  apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "main" && $3 == "Debian" && $1 !~ /security/ { print $1; exit }'
}
