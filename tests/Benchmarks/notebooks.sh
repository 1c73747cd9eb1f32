#!/usr/bin/env bash
# The three choosing notebooks, executed as notebooks/run does but without the pages.   notebooks.sh REPOSITORY OUT
set -euo pipefail
rm -rf "$2"
mkdir -p "$2"
exec "$1/lib/bin/csnb" run "$1"/notebooks/0[123]-*.ipynb -o "$2" -p output="$2"
