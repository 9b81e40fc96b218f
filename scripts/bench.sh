#!/usr/bin/env bash
# Measures a release build with the benchmark's data set on a private PostgreSQL. Bounded in time
# and count; loopback only.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
# shellcheck source=scripts/postgres.sh
. scripts/postgres.sh
trap stop_postgres EXIT

scripts/build.sh release
start_postgres
[ -n "${LOOKIT_TEST_POSTGRES_URL:-}" ] || fail "the benchmark needs PostgreSQL"
command -v wrk >/dev/null || apt_install wrk
export LOOKIT_BINARY="$CARGO_TARGET_DIR/release/lookit" PG_DIR PG_BIN
python3 scripts/bench.py
