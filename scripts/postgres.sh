# shellcheck shell=bash
# Starts a private PostgreSQL for tests and benchmarks and sets LOOKIT_TEST_POSTGRES_URL. Sourced
# after tools.sh. It listens on the loopback only, lives in a temporary folder, and is gone with the
# script that sourced this. Where PostgreSQL can't be had, the variable stays unset.

# Nothing here has to survive a power cut.
PG_SETTINGS="-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"

# The folder with the newest server's programs; empty if there is none.
postgres_programs() {
  local newest
  newest="$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)"
  [ -n "$newest" ] || newest="$(command -v initdb || true)"
  if [ -n "$newest" ]; then dirname "$newest"; fi
}

free_port() {
  python3 -c 'import socket
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])' 2>/dev/null || echo 15432
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi
}

start_postgres() {
  if [ -n "${LOOKIT_TEST_POSTGRES_URL:-}" ]; then
    say "using the PostgreSQL of LOOKIT_TEST_POSTGRES_URL"
    return
  fi
  PG_BIN="$(postgres_programs)"
  if [ -z "$PG_BIN" ] && can_install; then
    apt_install postgresql
    PG_BIN="$(postgres_programs)"
  fi
  [ -n "$PG_BIN" ] || return 0
  PG_DIR="$(mktemp -d /tmp/lookit-postgres.XXXXXX)"
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || useradd --system postgres
    chown postgres "$PG_DIR"
  fi
  run_postgres "$(free_port)"
}

run_postgres() {
  local port="$1"
  as_postgres "$PG_BIN/initdb" -D "$PG_DIR/data" -A trust -U postgres -E UTF8 --locale=C \
    >"$PG_DIR.log" 2>&1 || fail "PostgreSQL could not be set up; see $PG_DIR.log"
  as_postgres "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -w -l "$PG_DIR/server.log" \
    -o "-c listen_addresses=127.0.0.1 -p $port -k $PG_DIR $PG_SETTINGS" start \
    >>"$PG_DIR.log" 2>&1 || fail "PostgreSQL could not be started; see $PG_DIR/server.log"
  export LOOKIT_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
  say "started a private PostgreSQL on port $port"
}

stop_postgres() {
  [ -n "${PG_DIR:-}" ] || return 0
  as_postgres "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$PG_DIR" "$PG_DIR.log"
}
