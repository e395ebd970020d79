#!/usr/bin/env bash
# Removes compiled files whose source is gone, so that a deleted test does not go on passing.
set -euo pipefail
cd "$(dirname "$0")/../dist"
find . -name '*.js' | while read -r js; do
  [ -f "../${js%.js}.ts" ] || rm -f "$js" "$js.map" "${js%.js}.d.ts"
done
