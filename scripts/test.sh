#!/usr/bin/env bash
# Every test. Whatever it needs it starts by itself and ends again; what can't be had is named and skipped.
cd "$(dirname "$0")/.."
. scripts/tools.sh
. scripts/postgres.sh
trap stop_postgres EXIT

scripts/build.sh
need_rust
start_postgres
step "building the tests" cargo build --quiet --tests
say "rules, verbs, pages"
INSTA_UPDATE=no cargo test --quiet
scripts/e2e.sh
if [ -n "${CI:-}" ] && [ -n "$(git status --porcelain 2>/dev/null)" ]; then git status --short >&2; fail "the tests changed files of the checkout"; fi
say "every test passed"
