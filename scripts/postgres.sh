# Starts a private PostgreSQL for the tests and sets LOOKIT_TEST_POSTGRES_URL. Sourced. It listens on the loopback only,
# lives in a temporary folder, and is gone with the script that sourced this.

start_postgres() {
  if [ -n "${LOOKIT_TEST_POSTGRES_URL:-}" ]; then say "using the PostgreSQL of LOOKIT_TEST_POSTGRES_URL"; return; fi
  local bin; bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)"
  [ -x "$bin/initdb" ] || bin="$(dirname "$(command -v initdb || echo /nonexistent/x)")"
  if [ ! -x "$bin/initdb" ] && can_install; then apt_install postgresql; bin="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"; fi
  if [ ! -x "$bin/initdb" ]; then say "SKIPPED: PostgreSQL is not installed, so its half of the tests does not run"; return; fi
  PG_DIR="$(mktemp -d /tmp/lookit-postgres.XXXXXX)"; PG_BIN="$bin"
  # PostgreSQL refuses to run as root.
  if [ "$(id -u)" = 0 ]; then id postgres >/dev/null 2>&1 || useradd --system postgres; chown postgres "$PG_DIR"; PG_AS=(runuser -u postgres --); else PG_AS=(); fi
  local port; port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null || echo 15432)"
  (cd / && "${PG_AS[@]}" "$PG_BIN/initdb" -D "$PG_DIR/data" -A trust -U postgres -E UTF8 --locale=C >"$PG_DIR.log" 2>&1) || fail "PostgreSQL could not be set up; see $PG_DIR.log"
  # Nothing here has to survive a power cut.
  (cd / && "${PG_AS[@]}" "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -w -l "$PG_DIR/server.log" -o "-c listen_addresses=127.0.0.1 -p $port -k $PG_DIR -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" start >>"$PG_DIR.log" 2>&1) || fail "PostgreSQL could not be started; see $PG_DIR/server.log"
  export LOOKIT_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
  say "started a private PostgreSQL on port $port"
}

stop_postgres() {
  if [ -n "${PG_DIR:-}" ]; then (cd / && "${PG_AS[@]}" "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -m immediate stop >/dev/null 2>&1 || true); rm -rf "$PG_DIR" "$PG_DIR.log"; fi
}
