#!/usr/bin/env bash
# Builds everything and starts it in one process on embedded parts. Ctrl-C stops it; the database
# stays in var/.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

scripts/build.sh
lookit="$CARGO_TARGET_DIR/debug/lookit"
LOOKIT_LOG="${LOOKIT_LOG:-warn}" "$lookit" demo
say "starting; Ctrl-C stops it"
exec "$lookit" all
