#!/usr/bin/env bash
# The three choosing notebooks, executed as notebooks/run does but without the pages.   notebooks.sh REPOSITORY OUT
set -euo pipefail
rm -rf "$2"
mkdir -p "$2"
for notebook in "$1"/notebooks/0[123]-*.ipynb; do
  "$1/lib/bin/csnb" run "$notebook" -o "$2/$(basename "$notebook")" -p output="$2"
done
