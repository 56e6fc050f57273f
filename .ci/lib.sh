# What .ci/run and .ci/parts share. Sourced, never run.
# shellcheck shell=bash

# talk says something to the person who reads the run.
talk() {
  printf '    %s\n' "$*" >&2
}

# fail ends the (sub)shell with a message.
fail() {
  printf '    error: %s\n' "$*" >&2
  exit 1
}

# retry runs a command that uses the network, once more if it fails.
retry() {
  "$@" && return
  talk "failed, trying once more: $*"
  "$@"
}

# install_packages installs Debian packages; it needs root and Debian.
install_packages() {
  command -v apt-get >/dev/null || fail "please install: $*"
  talk "installing Debian packages: $*"
  {
    retry apt-get update -qq
    DEBIAN_FRONTEND=noninteractive retry apt-get install -y -qq --no-install-recommends "$@"
  } >&2
}

# skip ends the (sub)shell of a step that cannot run here; step and verdict show
# its message, so that nobody takes it for passed. It needs the folder $scratch.
skip() {
  printf '%s\n' "$*" >"$scratch/skipped"
  exit 0
}

# step NAME COMMAND… runs a command under a heading, says how long it took and
# remembers it when it failed. Later steps still run, so that one run shows
# everything that is wrong. The command runs in a shell of its own. When names
# are in the array `only`, other steps are left out.
failed_steps=()
skipped_steps=()
only=()
step() {
  local name=$1 started=$SECONDS code
  shift
  [[ ${#only[@]} -eq 0 || " ${only[*]} " == *" $name "* ]] || return 0
  printf '\n== %s\n' "$name"
  set +e
  (
    set -e
    "$@"
  )
  code=$?
  set -e
  if [ "$code" -eq 0 ] && [ -e "${scratch:-/nonexistent}/skipped" ]; then
    skipped_steps+=("$name")
    printf '== %s: SKIPPED: %s\n' "$name" "$(<"$scratch/skipped")"
    rm "$scratch/skipped"
    return
  fi
  if [ "$code" -eq 0 ]; then
    printf '== %s: ok, %d s\n' "$name" $((SECONDS - started))
    return
  fi
  failed_steps+=("$name")
  printf '== %s: FAILED (exit code %d) after %d s\n' "$name" "$code" $((SECONDS - started))
}

# verdict says how the run ended; it fails when a step has.
verdict() {
  printf '\n'
  [ ${#skipped_steps[@]} -eq 0 ] || printf 'skipped: %s\n' "${skipped_steps[*]}"
  if [ ${#failed_steps[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed_steps[*]}"
    return 1
  fi
  printf 'all steps passed in %d s\n' "$SECONDS"
}
