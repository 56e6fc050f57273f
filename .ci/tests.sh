# How .ci/run and .ci/long test. Sourced, never run.
# shellcheck shell=bash

# The flags of `go test` for the race detector. It watches all code except the C of
# SQLite, which modernc.org has translated to Go: that works on memory outside of
# Go's heap, of which the detector knows nothing, and watching it takes several times
# as long as all the rest. No other package may be left out: one that uses sync.Map
# would bring copies of it that the detector does not see, and report false races.
race="-race -gcflags=modernc.org/sqlite/lib=-race=false"

# bring_parts makes .ci/parts' answer known to the steps that follow.
bring_parts() {
  "$here/parts" >"$scratch/parts"
}

# try_fuzzers TIME [BUT] gives every fuzz target so much time, except those that the
# pattern BUT matches. A few seconds are enough to see that it works; that its seeds
# hold, every `go test` shows.
try_fuzzers() {
  local targets package target
  targets=$(fuzz_targets | grep -vE "${2:-^$}")
  [ -n "$targets" ] || fail "no fuzz targets"
  while read -r package target; do
    talk "$package $target"
    fuzz "$package" "$target" "$1"
  done <<<"$targets"
}

# fuzz_targets prints a line with the package and the name for each target.
fuzz_targets() {
  grep -rl --include='*_test.go' '^func Fuzz' ./internal ./web | xargs -n 1 dirname | sort -u |
    xargs go test -list '^Fuzz' | awk '
    /^Fuzz/ { names[++n] = $1 }
    /^ok/   { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }'
}

# fuzz PACKAGE TARGET TIME runs one target. On a busy machine the fuzzer sometimes
# reports its own deadline as a failure, with no input that fails; then it is
# run once more.
fuzz() {
  local output attempt
  for attempt in 1 2; do
    if output=$(go test -run '^$' -fuzz "^$2\$" -fuzztime "$3" -fuzzminimizetime 5s "$1" 2>&1); then
      tail -n 2 <<<"$output"
      return
    fi
    if [ "$attempt" = 2 ] || [[ $output != *'context deadline exceeded'* || $output == *'Failing input'* ]]; then
      printf '%s\n' "$output"
      return 1
    fi
  done
}
