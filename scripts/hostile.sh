#!/usr/bin/env bash
# Sends hostile requests to a release build on the loopback and fails where it suffers. Bounded in
# time and count.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

scripts/build.sh release
export LOOKIT_BINARY="$CARGO_TARGET_DIR/release/lookit"
python3 scripts/hostile.py
