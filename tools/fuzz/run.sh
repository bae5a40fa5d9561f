#!/bin/sh
# Fuzzes the spec parser for SECONDS: run.sh PROGRAM SECONDS. What it finds is kept beside PROGRAM.
set -eu
program=$(realpath "$1")
seconds=$2
cd "$(dirname "$0")/../.."
work=$(dirname "$(dirname "$program")")
mkdir -p "$work/seeds" "$work/corpus" "$work/findings"
for spec in experiments/*.toml $(find orchestrator/spec/testdata -name '*.toml'); do
  cp "$spec" "$work/seeds/$(echo "$spec" | tr / -)"
done
"$program" "$work/corpus" "$work/seeds" -dict=tools/fuzz/spec.dict -max_total_time="$seconds" \
  -max_len=4096 -timeout=60 -rss_limit_mb=4096 -artifact_prefix="$work/findings/" \
  -print_final_stats=1
