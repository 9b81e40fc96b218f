#!/usr/bin/env bash
# Format, lints, dependencies.
cd "$(dirname "$0")/.."
. scripts/tools.sh
need_rust
cargo fmt --version >/dev/null 2>&1 || apt_install rustfmt-web
cargo clippy --version >/dev/null 2>&1 || apt_install rust-web-clippy
cargo fmt --all --check || fail "run 'cargo fmt --all'"
step "lints" cargo clippy --quiet --all-targets -- -D warnings
step "lints of the islands and the player" env CARGO_TARGET_DIR="$CARGO_TARGET_DIR/front" cargo clippy --quiet -p frontend -p player --target wasm32-unknown-unknown -- -D warnings
node_modules/.bin/tsc --noEmit -p end2end
node_modules/.bin/tsc --noEmit -p web
if command -v cargo-deny >/dev/null; then cargo deny --offline check bans licenses sources; else say "SKIPPED: cargo-deny is not installed, so licences and advisories are not checked ('cargo install cargo-deny')"; fi
say "nothing to complain about"
