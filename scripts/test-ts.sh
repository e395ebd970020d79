#!/usr/bin/env bash
# Runs every compiled unit test beside its code. With arguments: only those.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/prune-dist.sh
if [ $# -gt 0 ]; then files=("$@"); else mapfile -t files < <(find dist -name '*.test.js' -not -path 'dist/test/e2e/*' | sort); fi
[ ${#files[@]} -gt 0 ] || { echo "no compiled tests found under dist/; run make build" >&2; exit 1; }
exec node --test --test-reporter=spec --test-concurrency=2 --test-timeout=900000 "${files[@]}"
