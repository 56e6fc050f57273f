# What the README and the documentation promise, tried as it is written there.
# Sourced by .ci/run. Blocks marked sh run; those marked console do not.
# shellcheck shell=bash

# readme_commands HEADING [FILE] prints the commands of the first fenced block
# under the heading that begins with that word, of the README by default.
readme_commands() {
  awk -v heading="$1" '
    /^```/ && open    { exit }
    /^```/ && section { open = 1; next }
    open              { if ($0 !~ /^[[:space:]]*(#|$)/) print; next }
    /^#+ /            { section = ($2 == heading) }' "$root/${2:-README.md}"
}

# page_commands FILE prints the commands of all its blocks that are marked sh.
page_commands() {
  awk '
    /^[[:space:]]*```sh$/      { open = 1; next }
    /^[[:space:]]*```/ && open { open = 0; next }
    open                       { if ($0 !~ /^[[:space:]]*(#|$)/) print }' "$1"
}

# run_readme_commands HEADING runs those commands one after the other.
run_readme_commands() {
  local commands line
  commands=$(readme_commands "$1")
  [ -n "$commands" ] || fail "README.md has no commands below the heading \"$1\""
  while IFS= read -r line; do
    printf '$ %s\n' "$line"
    bash -c "$line" </dev/null
  done <<<"$commands"
}

# as_newcomer COMMAND… runs a command the way somebody meets the project: in a
# clone of what is committed, with an empty home directory and nothing
# configured. Only Go's own caches are shared, to save the time of building
# everything once more. It fails when COMMAND does or leaves something behind.
as_newcomer() (
  newcomer=$(mktemp -d)
  trap 'rm -rf "$newcomer"' EXIT
  chmod 755 "$newcomer"
  mkdir "$newcomer/home"
  mkdir -m 1777 "$newcomer/tmp"
  git -c safe.directory='*' clone --quiet "$root" "$newcomer/clone"
  newcomer_environment
  cd "$newcomer/clone"
  "$@"
  left_nothing
)

# newcomer_environment forgets what this machine has set, except for where Go
# and its caches are.
newcomer_environment() {
  local name
  GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
  GOPROXY=$(go env GOPROXY) GOSUMDB=$(go env GOSUMDB)
  export GOCACHE GOMODCACHE GOPROXY GOSUMDB
  for name in $(compgen -e | grep -E '^(NAMETS|VAULT|N8N|TOKEN|WEBHOOK|XDG|GOFLAGS$|PORT$|HOST$|DATA_DIR$)' || true); do
    unset "$name"
  done
  export HOME=$newcomer/home TMPDIR=$newcomer/tmp
}

# try_demo starts the README's demo, runs the curl commands that it prints, and
# interrupts it as Ctrl-C does.
try_demo() {
  local command out=$newcomer/demo.out err=$newcomer/demo.err pid line code=0
  command=$(readme_commands Run | head -n 1)
  [ -n "$command" ] || fail "README.md has no commands below the heading \"Run\""
  printf '$ %s\n' "$command"
  set -m # a process group of its own, as in a terminal
  bash -c "exec $command" </dev/null >"$out" 2>"$err" &
  pid=$!
  set +m
  if ! wait_for 120 has_printed_curls "$pid" "$out"; then
    kill -KILL -- "-$pid" 2>/dev/null || true
    cat "$out" "$err" >&2
    fail "the demo did not print three curl commands within two minutes"
  fi
  while IFS= read -r line; do
    try_curl "$line" || code=1
  done < <(curls "$out")
  interrupt "$pid" "$err" || code=1
  return "$code"
}

# install_page is the page of the documentation that try_install follows.
install_page=web/docs/operator/install.md

# try_install builds, configures and starts namets by the documentation's
# commands, on a free port of this machine. While it serves, it moves the Django
# site's rows over, writes them out again, and stops it as Ctrl-C does.
try_install() {
  local commands err=$newcomer/serve.err pid code=0
  commands=$(readme_commands Build "$install_page")
  [ -n "$commands" ] || fail "$install_page has no commands below the heading \"Build\""
  [ "$commands" = "$(page_commands "$install_page")" ] || fail "$install_page has commands elsewhere too"
  printf '$ %s\n' "${commands//$'\n'/$'\n$ '}"
  PORT=$(free_port) HOST=127.0.0.1
  export HOST PORT
  serve_in_background bash -ec "$commands"
  ./namets import internal/api/testdata/dumpdata.json || code=1
  ./namets export | grep amina@example.org >/dev/null || code=1
  interrupt "$pid" "$err" || code=1
  rm -r namets data
  return "$code"
}

# serve_in_background COMMAND… runs COMMAND, which starts ./namets, in a process
# group of its own, as in a terminal, waits until it serves, and sets pid.
serve_in_background() {
  set -m
  "$@" </dev/null >"$err" 2>&1 &
  pid=$!
  set +m
  if ! wait_for 300 answers "$pid"; then
    kill -KILL -- "-$pid" 2>/dev/null || true
    cat "$err" >&2
    fail "namets did not serve within five minutes"
  fi
}

# try_docs starts a namets whose token is in a file, with the Django site's rows
# and an owner, and runs the sh blocks of every other page of the documentation
# against it, page by page. A page finds the command namets and the variables
# that it names; its http://localhost:8080 is where this namets listens.
try_docs() {
  local page commands pages=0 err=$newcomer/serve.err pid code=0
  go build -trimpath -o namets ./cmd/namets
  PORT=$(free_port) HOST=127.0.0.1 PATH=$PWD:$PATH
  WEBHOOK_SECRET="whsec_$(openssl rand -base64 32)" ADMIN_PASSWORD=$(openssl rand -hex 12)
  mkdir "$newcomer/token"
  N8N_API_TOKEN_FILE=$newcomer/token/token
  ./namets token generate >"$N8N_API_TOKEN_FILE"
  export HOST PORT PATH WEBHOOK_SECRET ADMIN_PASSWORD N8N_API_TOKEN_FILE
  serve_in_background ./namets
  ./namets import internal/api/testdata/dumpdata.json || code=1
  while IFS= read -r page; do
    commands=$(page_commands "$page")
    [ -n "$commands" ] || continue
    pages=$((pages + 1))
    try_page "$page" "$commands" || code=1
  done < <(git ls-files 'web/docs/*.md' ':!'"$install_page")
  [ "$pages" -ge 5 ] || fail "only $pages pages of the documentation have commands"
  interrupt "$pid" "$err" || code=1
  rm -r namets data "$newcomer/token"
  return "$code"
}

# try_page PAGE COMMANDS runs the commands of a page in the folder of the token;
# the first that fails ends it.
try_page() {
  local commands=${2//localhost:8080/localhost:$PORT} data=$PWD/data
  printf '%s\n$ %s\n' "$1" "${2//$'\n'/$'\n$ '}"
  if ! (cd "$newcomer/token" && DATA_DIR=$data N8N_SHOWN=$(<token) bash -euo pipefail -c "N8N_API_TOKEN=\$N8N_SHOWN
$commands" </dev/null); then
    talk "a command of $1 failed"
    return 1
  fi
}

# answers PID reports whether the namets that PID has started serves.
answers() {
  { ./namets healthcheck; } 2>/dev/null && return
  kill -0 "$1" 2>/dev/null || return 2
  return 1
}

# free_port prints a port that nobody listens on.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# interrupt PID ERRORS does what Ctrl-C does and wants a quick and clean end.
# An interrupted `go run` always ends with code 1; with what code the program
# ended it prints itself, unless that was 0.
interrupt() {
  kill -INT -- "-$1"
  if ! wait_for 30 has_ended "$1"; then
    talk "namets still ran 30 seconds after the interrupt"
    kill -KILL -- "-$1"
    return 1
  fi
  if grep -E '^(exit status|signal:|panic:)' "$2" >&2; then
    talk "namets did not end well"
    return 1
  fi
}

# wait_for SECONDS COMMAND… waits until COMMAND succeeds; it fails when the
# time is over, or at once when COMMAND says 2: it never will.
wait_for() {
  local deadline=$((SECONDS + $1)) code
  shift
  while [ "$SECONDS" -lt "$deadline" ]; do
    code=0
    "$@" || code=$?
    [ "$code" -ne 0 ] || return 0
    [ "$code" -ne 2 ] || return 1
    sleep 0.2
  done
  return 1
}

has_printed_curls() {
  [ "$(curls "$2" | wc -l)" -lt 3 ] || return 0
  kill -0 "$1" 2>/dev/null || return 2
  return 1
}

# has_ended PID reports whether no process of the group is left.
has_ended() {
  ! kill -0 -- "-$1" 2>/dev/null
}

# curls prints the one-line curl commands in a file.
curls() {
  sed -n 's/^[[:space:]$]*\(curl .*\)$/\1/p' "$1"
}

# try_curl COMMAND wants an answer with status 200. The command may hold the
# demo's token, which is as random as it is short-lived.
try_curl() {
  local status
  status=$(bash -c "$1 --silent --show-error --max-time 10 --output /dev/null --write-out '%{http_code}'")
  printf '%s  %s\n' "$status" "$1"
  [ "$status" = 200 ]
}

# left_nothing looks into the newcomer's temporary directory, clone and home
# directory, where Go itself keeps counters below .config.
left_nothing() {
  local left
  left=$(
    find "$newcomer/tmp" -mindepth 1
    git -C "$newcomer/clone" status --porcelain --ignored
    find "$newcomer/home" -mindepth 1 -not -path "$newcomer/home/.config*"
  )
  [ -z "$left" ] || fail "left behind:" "$left"
}
