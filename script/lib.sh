# shellcheck shell=bash
# Sourced by script/server and script/test: one way to find Python and to keep .venv current.
# Sets: root (the clone), venv (its virtual environment). Needs: bash 3.2 or newer.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# find_python: prints the first interpreter that is Python 3.11 or newer, else ends with a sentence.
# HANDOFF_PYTHON names one by hand. 3.11 comes first: the pins were tried with it.
find_python() {
  local candidate
  for candidate in ${HANDOFF_PYTHON:-python3.11 python3 python3.12 python3.13 python3.14 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  die "Python 3.11 or newer is needed and was not found; install it or set HANDOFF_PYTHON=/path/to/python."
}

# make_venv PYTHON: an empty .venv; installs Debian's python3-venv first where that is what is missing.
make_venv() {
  "$1" -m venv --clear "$venv" >/dev/null 2>&1 && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "This Python has no venv module; installing python3-venv …"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >&2 || true
  fi
  "$1" -m venv --clear "$venv" >&2 || {
    rm -rf "$venv"
    die "Could not make .venv with $1. On Debian and Ubuntu: apt-get install python3-venv"
  }
}

# ensure_venv FILE: .venv has what FILE (a requirements file in the clone) pins.
# The stamp .venv/.stamp-FILE holds the pins that were installed, the clone's place (a moved clone has
# dead paths in .venv) and the requirements that FILE may include; when nothing differs, nothing is installed.
ensure_venv() {
  local file=$1 stamp=$venv/.stamp-$1 wanted python
  wanted=$(printf '%s\n' "$root"; cat "$root"/requirements*.txt)
  if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$wanted" = "$(cat "$stamp")" ] &&
    "$venv/bin/python" -c '' 2>/dev/null; then
    return 0
  fi
  if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1 || ! grep -qxF "$root" "$venv/.place" 2>/dev/null; then
    python=$(find_python) || exit 1
    say "Making .venv with $("$python" --version) …"
    make_venv "$python"
    printf '%s\n' "$root" >"$venv/.place"
  fi
  say "Installing $file into .venv …"
  rm -f "$stamp"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$root/$file" >&2 ||
    die "pip could not install $file; the lines above say why."
  printf '%s\n' "$wanted" >"$stamp"
}
