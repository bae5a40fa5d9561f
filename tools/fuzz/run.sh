#!/bin/sh
# Fuzzes for SECONDS: run.sh PROGRAM SECONDS. What it finds is kept beside PROGRAM.
set -eu
program=$(realpath "$1")
seconds=$2
cd "$(dirname "$0")/../.."
name=$(basename "$program" _fuzz)
work=$(dirname "$(dirname "$program")")/$name
mkdir -p "$work/seeds" "$work/corpus" "$work/findings"
words=""
if [ "$name" = spec ]; then
  words=-dict=tools/fuzz/spec.dict
  for spec in experiments/*.toml $(find orchestrator/spec/testdata -name '*.toml'); do
    cp "$spec" "$work/seeds/$(echo "$spec" | tr / -)"
  done
fi
# shellcheck disable=SC2086
"$program" "$work/corpus" "$work/seeds" $words -max_total_time="$seconds" \
  -max_len=4096 -timeout=60 -rss_limit_mb=4096 -artifact_prefix="$work/findings/" \
  -print_final_stats=1
