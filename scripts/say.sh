#!/usr/bin/env bash
# Prints one line of progress with the time of day, so that a person sees what takes long.
printf '\033[1m==> %s  %s\033[0m\n' "$(date +%H:%M:%S)" "$*" >&2
