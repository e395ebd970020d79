#!/usr/bin/env bash
# The demo must pass, and must fail when one real part is broken: each sabotage switch is a test that the demo can fail.
set -euo pipefail
cd "$(dirname "$0")/.."
export DEMO_VALIDATORS=${DEMO_VALIDATORS:-1}
passed=0
scripts/say.sh "the demo, with $DEMO_VALIDATORS validator(s)"
node dist/devnet/demo.js
passed=$((passed + 1))
for part in prover beacon payment; do
  scripts/say.sh "the demo with a broken part must fail: SABOTAGE=$part"
  if SABOTAGE=$part node dist/devnet/demo.js > "build/sabotage-$part.out" 2>&1; then
    cat "build/sabotage-$part.out"
    echo "SABOTAGE=$part: the demo passed although that part was broken" >&2
    exit 1
  fi
  # It must fail for that reason, by a difference that it asserts, and not for another.
  grep -q '^DEMO_FAILED' "build/sabotage-$part.out" || { tail -n 40 "build/sabotage-$part.out"; echo "SABOTAGE=$part: the demo broke without naming a difference" >&2; exit 1; }
  grep '^DEMO_FAILED' "build/sabotage-$part.out"
  passed=$((passed + 1))
done
echo "demo: $passed passed, 0 failed"
