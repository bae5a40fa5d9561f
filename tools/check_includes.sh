#!/bin/sh
# Fails if a folder includes from a folder that ARCHITECTURE.md does not allow it.
set -eu
cd "$(dirname "$0")/.."

# folder: folders it may include from, itself apart
rules='orchestrator/core:
orchestrator/sql: orchestrator/core
orchestrator/spec: orchestrator/core orchestrator/sql
orchestrator/exec: orchestrator/core
results: orchestrator/core orchestrator/sql results/statistics
results/statistics: orchestrator/core
orchestrator/sched: orchestrator/core orchestrator/spec orchestrator/exec results results/statistics
datasets: orchestrator/core
model: orchestrator/core datasets'

bad=0
while IFS=: read -r folder allowed; do
  [ -d "$folder" ] || continue
  found=$(grep -rnoE '^ *# *include +"(orchestrator/[a-z]+|results(/statistics)?|datasets|model|tools)/' \
    --include='*.h' --include='*.cc' "$folder" | sed -E 's/# *include +"//; s#/$##') || true
  for line in $(printf '%s\n' "$found" | tr -d ' '); do
    target=${line##*:}
    case " $folder $allowed " in
      *" $target "*) ;;
      *) echo "include against the layers: $line" >&2; bad=1 ;;
    esac
  done
done <<EOF
$rules
EOF
exit $bad
