# Finds the tools that a build needs, installs those that are missing, and says so. Sourced by the other scripts.
#
# Two kinds of machine work: a usual one, with rustup and the network, and a closed one (Debian, root) where only package
# registries can be reached and rustup has no wasm target. Everything goes to $LOOKIT_CACHE, outside the checkout.

set -euo pipefail

export LOOKIT_CACHE="${LOOKIT_CACHE:-$HOME/.cache/lookit}"
TOOLS="$LOOKIT_CACHE/tools"
WASM_BINDGEN=0.2.130 # equals `wasm-bindgen` in Cargo.toml
mkdir -p "$TOOLS/bin"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
fail() { printf '\033[1;31m== %s\033[0m\n' "$*" >&2; exit 1; }

# Runs a slow step: prints what it is, a sign of life every 15 seconds, and its output only when it fails.
step() {
  local name="$1" log started pid; shift
  log="$(mktemp)"; started=$SECONDS
  say "$name …"
  "$@" >"$log" 2>&1 &
  pid=$!
  ( while sleep 15; do kill -0 "$pid" 2>/dev/null || exit 0; printf '   … %s (%ss)\n' "$name" "$((SECONDS - started))" >&2; done ) &
  local ticker=$!
  if wait "$pid"; then kill "$ticker" 2>/dev/null || true; wait "$ticker" 2>/dev/null || true; say "$name: done in $((SECONDS - started))s"; rm -f "$log"
  else kill "$ticker" 2>/dev/null || true; tail -n 60 "$log" >&2; fail "$name failed; the whole output is in $log"; fi
}

can_install() { command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; }

apt_lists_are_fresh=
apt_install() {
  can_install || fail "these packages are missing: $*. Please install them and try again."
  if [ -z "$apt_lists_are_fresh" ]; then step "reading the package lists" apt-get update -qq; apt_lists_are_fresh=1; fi
  step "installing $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

has_wasm_std() { compgen -G "$("$1" --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null; }

# A Rust toolchain that can build for the browser, first on PATH. One for everything, so that nothing is compiled twice.
need_rust() {
  if command -v rustc >/dev/null && has_wasm_std rustc; then use_debian_linker; return; fi
  if [ -x /usr/bin/rustc ] && has_wasm_std /usr/bin/rustc; then export PATH="/usr/bin:$PATH"; use_debian_linker; return; fi
  if command -v rustup >/dev/null && timeout 120 rustup target add wasm32-unknown-unknown >/dev/null 2>&1 && has_wasm_std rustc; then say "added the browser target with rustup"; return; fi
  can_install || fail "Rust with the target wasm32-unknown-unknown is missing. Install rustup (https://rustup.rs) and try again."
  apt_install rustc-web cargo-web rust-web-src lld-22 rust-web-clippy rustfmt-web
  export PATH="/usr/bin:$PATH"
  use_debian_linker
  step "building the standard library for the browser" build_wasm_std
  has_wasm_std /usr/bin/rustc || fail "this machine has no Rust that can build for the browser"
}

# Debian's compiler comes without a linker of its own for the browser.
use_debian_linker() { if [ "$(rustc --print sysroot)" = /usr ]; then export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22; fi; }

# Debian's toolchain brings the library's source only: an empty crate is built with it once, and the parts are put where
# the compiler looks.
build_wasm_std() {
  local dir target; dir="$(mktemp -d)"; target="/usr/lib/rustlib/wasm32-unknown-unknown/lib"
  mkdir -p "$dir/src"; touch "$dir/src/lib.rs"
  printf '[package]\nname = "empty-crate"\nversion = "0.0.0"\nedition = "2021"\n' >"$dir/Cargo.toml"
  (cd "$dir" && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$dir/target" /usr/bin/cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort,proc_macro)
  mkdir -p "$target"
  find "$dir/target/wasm32-unknown-unknown/release/deps" -name '*.rlib' ! -name 'libempty_crate*' -exec cp {} "$target/" \;
  rm -rf "$dir"
}

need_wasm_bindgen() {
  export PATH="$TOOLS/bin:$PATH"
  if command -v wasm-bindgen >/dev/null && [ "$(wasm-bindgen --version)" = "wasm-bindgen $WASM_BINDGEN" ]; then return; fi
  step "installing wasm-bindgen $WASM_BINDGEN" env CARGO_TARGET_DIR="$LOOKIT_CACHE/tools-target" CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet wasm-bindgen-cli --version "$WASM_BINDGEN" --root "$TOOLS"
  rm -rf "$LOOKIT_CACHE/tools-target"
}

need_node() {
  command -v npm >/dev/null || { can_install && apt_install nodejs npm; } || fail "Node.js with npm is missing. Please install it and try again."
  if [ ! -e node_modules/.package-lock.json ] || ! cmp -s package-lock.json node_modules/.lookit-lock; then
    step "installing the front end's tools" npm ci --no-audit --no-fund --ignore-scripts
    cp package-lock.json node_modules/.lookit-lock
  fi
}

# Compiled things live outside the checkout, so that another clone on the same machine builds our own crates only.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$LOOKIT_CACHE/target}"
export LOOKIT_SITE_ROOT="${LOOKIT_SITE_ROOT:-$CARGO_TARGET_DIR/site}"
export LOOKIT_PLAYER_ROOT="${LOOKIT_PLAYER_ROOT:-$CARGO_TARGET_DIR/player}"
export PATH="$TOOLS/bin:$PATH"
