#!/bin/sh
# The newcomer's first sweep: plan it, run it, ask it. Its store is build/demo.db.
set -eu
bin=${1:-build/release/bin}
store=build/demo.db
rm -rf "$store" "$store"-* "$store".*

# Shows a command as it can be typed, then runs it.
say() {
  shown='$'
  for word; do case $word in *[!A-Za-z0-9_,./=-]*) shown="$shown \"$word\"" ;; *) shown="$shown $word" ;; esac; done
  printf '\n%s\n' "$shown"
  "$@"
}
PATH="$(cd "$bin" && pwd):$PATH"
say sweepformer plan experiments/demo.toml --store "$store"
say sweepformer run experiments/demo.toml --store "$store"
say sweepformer compare demo --store "$store" --by attention,compression \
  --metric test_accuracy --baseline "attention = 'full'"
say sweepformer compare demo --store "$store" --by attention,compression \
  --metric test_accuracy,train_samples_per_second,peak_tensor_bytes --pareto
