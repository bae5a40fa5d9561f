#!/bin/sh
# write_pages.sh SWEEPFORMER FOLDER: the man pages and completion scripts, laid out as below a
# prefix's share/.
set -eu
program=$1
share=$2
put() { mkdir -p "$(dirname "$1")" && cat >"$1"; }

"$program" man | put "$share/man/man1/sweepformer.1"
for command in $("$program" complete -- man '' | cut -f 1); do
  "$program" man "$command" | put "$share/man/man1/sweepformer-$command.1"
done
"$program" completion bash | put "$share/bash-completion/completions/sweepformer"
"$program" completion zsh | put "$share/zsh/site-functions/_sweepformer"
"$program" completion fish | put "$share/fish/vendor_completions.d/sweepformer.fish"
