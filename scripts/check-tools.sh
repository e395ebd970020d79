#!/usr/bin/env bash
# Says in one sentence which tool is missing or too old, before anything is downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "TOOL_MISSING: $*" >&2; exit 1; }
# at_least FOUND WANTED: version comparison of dotted numbers.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

command -v node >/dev/null || fail "Node 20.19 or newer is needed and node is not on the PATH; install it and run the command again."
node=$(node --version); node=${node#v}
at_least "$node" 20.19.0 || fail "Node 20.19 or newer is needed, found $node; install a newer one and run the command again."
command -v npm >/dev/null || fail "npm is needed (it comes with Node) and is not on the PATH; install it and run the command again."
command -v go >/dev/null || fail "Go 1.26 or newer is needed and go is not on the PATH; install it and run the command again."
want=$(sed -n 's/^go \([0-9.]*\)$/\1/p' chain/go.mod)
found=$(GOTOOLCHAIN=local go env GOVERSION); found=${found#go}; found=${found%% *}
at_least "$found" "$want" || fail "Go $want or newer is needed, found $found; install a newer one and run the command again."

# Space: everything lives in the repository, Go's caches and npm's. What is already there need not fit again.
need_mb=1500
[ -d node_modules/onnxruntime-node ] || need_mb=$((need_mb + 1500))
[ -d "$(go env GOMODCACHE)/github.com/cosmos" ] || need_mb=$((need_mb + 4000))
need_mb=${ASSAY_DISK_MB:-$need_mb}
free_mb=$(df -Pm . | awk 'NR==2 {print $4}')
[ "$free_mb" -ge "$need_mb" ] || { echo "DISK_SPACE: $need_mb MB of free disk space are needed here, found $free_mb MB; free some and run the command again." >&2; exit 1; }
