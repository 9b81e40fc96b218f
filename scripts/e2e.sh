#!/usr/bin/env bash
# Journeys in Chromium against the built binary. Arguments go to Playwright.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

export LOOKIT_BINARY="$CARGO_TARGET_DIR/debug/lookit"
[ -x "$LOOKIT_BINARY" ] || scripts/build.sh
need_node
need_chromium || fail "there is no Chromium; LOOKIT_CHROMIUM may name one"
say "journeys in $LOOKIT_CHROMIUM"
cd end2end && ../node_modules/.bin/playwright test "$@"
