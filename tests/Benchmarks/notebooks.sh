#!/usr/bin/env bash
# The three choosing notebooks, executed as notebooks/run does but without the pages: as many at a time as there are processors.   notebooks.sh REPOSITORY OUT
set -euo pipefail
rm -rf "$2"
mkdir -p "$2"
printf '%s\0' "$1"/notebooks/0[123]-*.ipynb | xargs -0 -P "$(nproc)" -I{} bash -c '"$1/lib/bin/csnb" run "$3" -o "$2/${3##*/}" -p output="$2"' -- "$1" "$2" {}
