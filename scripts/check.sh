#!/usr/bin/env bash
# Looks at the code without running it: form, words, dependencies, lints. The quick things first.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

# Sources with views, which rustfmt leaves alone.
views() { git grep --untracked -l 'view! {' -- '*.rs'; }

check_form() {
  local files
  mapfile -t files < <(views)
  cargo fmt --all --check >/dev/null || fail "rustfmt would change something: run 'make format'"
  leptosfmt --quiet --check "${files[@]}" ||
    fail "leptosfmt would change something: run 'make format'"
}

check_web() {
  node_modules/.bin/biome check --error-on-warnings
  node_modules/.bin/tsc -p web
  node_modules/.bin/tsc -p end2end
}

check_scripts() {
  if ! command -v shellcheck >/dev/null && can_install; then apt_install shellcheck; fi
  if command -v shellcheck >/dev/null; then
    shellcheck --external-sources .ci/run scripts/*.sh
  else
    leave_out "shellcheck is not installed, so nothing looks at the scripts in scripts/"
  fi
}

check_dependencies() {
  cargo machete
  # All that the lock file names, those for other machines too, or nothing can be said offline.
  cargo fetch --quiet --locked
  # One manifest names no licence but has the text of one, which cargo-deny recognises.
  cargo deny --offline check -D warnings -A no-license-field bans licenses sources
  check_advisories
}

# Their database is a git repository on the network, so it is fetched only where somebody says that
# it can be.
check_advisories() {
  if [ -n "${LOOKIT_ADVISORIES:-}" ]; then
    step "fetching the database of advisories" cargo deny fetch db
  fi
  if [ -d "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" ]; then
    cargo deny --offline check advisories
  else
    left_out+=("advisories on dependencies: LOOKIT_ADVISORIES=1 fetches their database")
  fi
}

check_lints() {
  local browser=(-p frontend -p player --target wasm32-unknown-unknown)
  step "lints" cargo clippy --quiet --keep-going --all-targets -- -D warnings
  step "lints of what browsers run" env CARGO_TARGET_DIR="$FRONT_TARGET_DIR" \
    cargo clippy --quiet --keep-going "${browser[@]}" -- -D warnings
}

need_rust
need_rustfmt
need_clippy
need_node
need_leptosfmt
need_typos
need_cargo_machete
need_cargo_deny
check_form
check_web
typos
check_scripts
check_dependencies
check_lints
say_what_was_left_out
say "nothing to complain about"
