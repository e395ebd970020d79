#!/usr/bin/env bash
# Fails if generated code differs from what proto/ yields today: generates and compares, then leaves the tree as it found it.
set -euo pipefail
cd "$(dirname "$0")/.."
list() { find chain -name '*.pb.go' -o -name '*.pb.gw.go' | sort; find src/chain/generated -type f | sort; }
sums() { list | xargs sha256sum; }
before=$(sums)
keep=$(mktemp -d); trap 'rm -rf "$keep"' EXIT
list | tar -cf "$keep/before.tar" -T -
make generate
after=$(sums)
if [ "$before" != "$after" ]; then
  diff <(echo "$before") <(echo "$after") >&2 || true
  list | xargs rm -f
  tar -xf "$keep/before.tar"
  echo "GENERATED_STALE: code generated from proto/ differs from what is committed; run make generate and commit the result." >&2
  exit 1
fi
tar -xf "$keep/before.tar"
echo "generated code is current"
