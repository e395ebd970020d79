#!/usr/bin/env bash
# Static checks: go vet, the consensus lint of chain/, ESLint.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/beat.sh "go vet" bash -c 'cd chain && go vet ./...'
[ -z "$(cd chain && gofmt -l . | grep -v '\.pb\.' || true)" ] || { echo "GOFMT: these files are not formatted; run gofmt -w on them:" >&2; (cd chain && gofmt -l . | grep -v '\.pb\.') >&2; exit 1; }
if [ -d chain/lint ]; then (cd chain && go run ./lint ./...); fi
if ls eslint.config.* >/dev/null 2>&1; then node_modules/.bin/eslint .; fi
