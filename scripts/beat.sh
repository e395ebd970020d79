#!/usr/bin/env bash
# Runs a silent, long command and prints a line every 20 seconds meanwhile: beat.sh LABEL COMMAND...
set -uo pipefail
label=$1; shift
start=$SECONDS
( while sleep 20 >/dev/null 2>&1; do echo "    … $label, $((SECONDS - start)) s" >&2; done ) &
beat=$!
trap 'kill "$beat" 2>/dev/null' EXIT
"$@"
