#!/usr/bin/env bash
# Instructions per logical event (a start or an end of an incident), counted by valgrind's callgrind on
# two fixed scenarios, against the recorded ones: more than 10 % above fails. Counts have no noise.
#
#   benches/instructions.sh            compare with benches/instructions.txt
#   benches/instructions.sh --record   write it anew: after a change that is meant to cost or to save,
#                                      or with another toolchain; commit it together with the change
#
# Each scenario is played with one replication and with two; the difference is one replication without
# start-up, reading and writing.
set -euo pipefail
cd "$(dirname "$0")/.."

recorded=benches/instructions.txt
toolchain="$(rustc --version)"
allowed=10 # per cent above the recorded count

if ! command -v valgrind >/dev/null; then
  echo "valgrind is missing: trying to install it"
  { apt-get update && apt-get install -y --no-install-recommends valgrind; } >/dev/null 2>&1 || true
fi
if ! command -v valgrind >/dev/null; then
  echo "SKIPPED: instructions per event were not counted, because valgrind cannot be had here"
  exit 0
fi

cargo build --locked --release --quiet
program="$PWD/${CARGO_TARGET_DIR:-target}/release/fleetsim"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

# Prints "instructions incidents" of a scenario with so many replications.
play() {
  local part="$out/$1-$2"
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" run "benches/$1.toml" \
    --replications "$2" --shard 1/1 --threads 1 --no-incidents --quiet --out "$part" 2>"$part.log" ||
    { cat "$part.log" >&2; return 1; }
  local counted incidents
  counted="$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$part.log")"
  incidents="$(grep -oE '"events":[0-9]+,"incidents":[0-9]+' "$part".part-1-of-1.json | sed 's/.*://')"
  [ -n "$counted" ] && [ -n "$incidents" ] || { echo "nothing was counted in $1" >&2; return 1; }
  echo "$counted $incidents"
}

found="$toolchain"
for scenario in default failovers; do
  one="$(play "$scenario" 1)"
  two="$(play "$scenario" 2)"
  read -r i1 n1 <<<"$one"
  read -r i2 n2 <<<"$two"
  found+=$'\n'"$scenario $(((i2 - i1) / (2 * (n2 - n1))))"
done

if [ "${1:-}" = --record ]; then
  echo "$found" >"$recorded"
  cat "$recorded"
  exit 0
fi

failed=0
if [ "$(head -n 1 "$recorded")" != "$toolchain" ]; then
  echo "recorded with $(head -n 1 "$recorded"), but this is $toolchain" >&2
  failed=1
fi
while read -r scenario count; do
  bound="$(sed -n "s/^$scenario //p" "$recorded")"
  [ -n "$bound" ] || { echo "$scenario: nothing is recorded" >&2; failed=1; continue; }
  echo "$scenario: $count instructions per start or end of an incident, $bound recorded"
  if [ $((count * 100)) -gt $((bound * (100 + allowed))) ]; then
    echo "$scenario: more than $allowed % above the recorded count" >&2
    failed=1
  elif [ $((count * (100 + allowed))) -lt $((bound * 100)) ]; then
    echo "$scenario: well below the recorded count: record it, so that it is kept"
  fi
done < <(tail -n +2 <<<"$found")
if [ "$failed" = 1 ]; then
  echo "if that is meant, record the counts anew: benches/instructions.sh --record" >&2
fi
exit "$failed"
