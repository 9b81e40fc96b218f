#!/usr/bin/env bash
# Every test. Whatever it needs it starts by itself and ends again. What can't be had is left out by
# name, which is said when it happens and at the end; where `CI` is set it is a failure instead, if
# it could have been had.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
# shellcheck source=scripts/postgres.sh
. scripts/postgres.sh
trap stop_postgres EXIT

# Tests that need something, by name.
ON_POSTGRES='test(/(^|::|_on_)postgres$/)'
ON_REFERENCE='binary(/^(observed|published)$/) or test(/^observed::/)'

checkout_state() { git status --porcelain 2>/dev/null || true; }

# Leaves tests out, and says how many: without <filter> <what they need> [cannot be installed]
wanted='all()'
without() {
  local filter="$1" need="$2" is_elsewhere="${3:-}" count
  count="$(cargo nextest list --message-format oneline -E "$filter" 2>/dev/null | wc -l)"
  if [ -n "$is_elsewhere" ]; then
    say "LEFT OUT: $count tests, which need $need"
    left_out+=("$count tests, which need $need")
  else
    leave_out "$count tests, which need $need"
  fi
  wanted="$wanted and not ($filter)"
}

# Runs the tests of all crates, and keeps their totals for the end.
run_nextest() {
  local colour=never log
  if [ -t 2 ]; then colour=always; fi
  log="$(mktemp)"
  INSTA_UPDATE=no cargo nextest run --profile ci --color "$colour" -E "$wanted" 2>&1 |
    tee "$log" >&2 || fail "a test failed"
  totals+=("$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E 'tests? run:' | tail -n 1)")
  rm -f "$log"
}

totals=()
before="$(checkout_state)"
scripts/build.sh
need_rust
need_nextest
start_postgres
step "building the tests" cargo nextest run --no-run --profile ci
if [ -z "${LOOKIT_TEST_POSTGRES_URL:-}" ]; then without "$ON_POSTGRES" "PostgreSQL"; fi
# They are no package, so their absence is said and never a failure.
if [ ! -d ../shared ]; then
  without "$ON_REFERENCE" "the reference folders beside the checkout" elsewhere
fi
say "rules, verbs, pages"
run_nextest
if need_chromium; then
  scripts/e2e.sh
else
  leave_out "all journeys: there is no Chromium, which LOOKIT_CHROMIUM may name"
fi
if [ "$(checkout_state)" != "$before" ]; then
  git status --short >&2
  fail "the tests changed files of the checkout"
fi
say_what_was_left_out
say "${totals[*]}"
say "every test passed"
