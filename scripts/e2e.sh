#!/usr/bin/env bash
# Journeys in Chromium against the built binary. Arguments go to Playwright.
cd "$(dirname "$0")/.."
. scripts/tools.sh
export LOOKIT_BINARY="$CARGO_TARGET_DIR/debug/lookit"
[ -x "$LOOKIT_BINARY" ] || scripts/build.sh
need_node
if [ -z "${LOOKIT_CHROMIUM:-}" ]; then
  LOOKIT_CHROMIUM="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
  if [ -z "$LOOKIT_CHROMIUM" ] && can_install; then apt_install chromium; LOOKIT_CHROMIUM="$(command -v chromium)"; fi
fi
if [ -z "$LOOKIT_CHROMIUM" ]; then say "SKIPPED: there is no Chromium, so the journeys in the browser do not run. LOOKIT_CHROMIUM names one."; exit 0; fi
export LOOKIT_CHROMIUM
say "journeys in $LOOKIT_CHROMIUM"
cd end2end && ../node_modules/.bin/playwright test "$@"
