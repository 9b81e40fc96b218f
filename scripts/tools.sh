# shellcheck shell=bash
# Finds the tools that a step needs, installs those that are missing, and says so. Sourced by the
# other scripts.
#
# Two kinds of machine work: a usual one, with rustup and the network, and a closed one (Debian,
# root) where only package registries can be reached and rustup has no target for the browser.
# Everything goes to $LOOKIT_CACHE, outside the checkout.

if [ "${BASH_VERSINFO[0]}" -lt 4 ]; then
  echo "these scripts need bash 4.4 or later; on macOS 'brew install bash' brings it" >&2
  exit 1
fi
set -euo pipefail

export LOOKIT_CACHE="${LOOKIT_CACHE:-$HOME/.cache/lookit}"
TOOLS="$LOOKIT_CACHE/tools"
mkdir -p "$TOOLS/bin"
export PATH="$TOOLS/bin:$PATH"

# Compiled things live outside the checkout, so that another clone on the same machine builds our
# own crates only.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$LOOKIT_CACHE/target}"
export LOOKIT_SITE_ROOT="${LOOKIT_SITE_ROOT:-$CARGO_TARGET_DIR/site}"
export LOOKIT_PLAYER_ROOT="${LOOKIT_PLAYER_ROOT:-$CARGO_TARGET_DIR/player}"
# For the browser: other features, and it never evicts what the server is made of.
export FRONT_TARGET_DIR="$CARGO_TARGET_DIR/front"

# --- Saying things -------------------------------------------------------------------------------

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

fail() {
  printf '\033[1;31m== %s\033[0m\n' "$*" >&2
  exit 1
}

# What is left out because something is missing, to be said once more at the end.
left_out=()

# Says that something is left out; fails where it could have been had and nobody may be there to
# read it.
leave_out() {
  if [ -n "${CI:-}" ] && can_install; then fail "could be had here, and is missing: $*"; fi
  say "LEFT OUT: $*"
  left_out+=("$*")
}

say_what_was_left_out() {
  local what
  for what in "${left_out[@]}"; do say "LEFT OUT: $what"; done
}

# Prints a sign of life every 15 seconds while a process lives.
tick() {
  local name="$1" pid="$2" started=$SECONDS
  while sleep 15; do
    kill -0 "$pid" 2>/dev/null || return 0
    printf '   … %s (%ss)\n' "$name" "$((SECONDS - started))" >&2
  done
}

# Runs a slow step: prints what it is, and its output only when it fails.
step() {
  local name="$1" log started=$SECONDS pid ticker outcome=0
  shift
  log="$(mktemp)"
  say "$name …"
  "$@" >"$log" 2>&1 &
  pid=$!
  tick "$name" "$pid" &
  ticker=$!
  wait "$pid" || outcome=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if [ "$outcome" != 0 ]; then
    tail -n 60 "$log" >&2
    fail "$name failed; the whole output is in $log"
  fi
  rm -f "$log"
  say "$name: done in $((SECONDS - started))s"
}

# --- Packages of the system ----------------------------------------------------------------------

# Runs a command for two minutes at most, where the machine can count them.
with_limit() { if command -v timeout >/dev/null; then timeout 120 "$@"; else "$@"; fi; }

can_install() { command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; }

apt_lists_are_fresh=
apt_install() {
  can_install || fail "these packages are missing: $*. Please install them and try again."
  if [ -z "$apt_lists_are_fresh" ]; then
    step "reading the package lists" apt-get update -qq
    apt_lists_are_fresh=1
  fi
  step "installing $*" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@"
}

# --- Rust ----------------------------------------------------------------------------------------

has_wasm_std() {
  local sysroot
  sysroot="$("$1" --print sysroot 2>/dev/null)"
  compgen -G "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib" >/dev/null
}

is_debian_rust() { [ "$(rustc --print sysroot)" = /usr ]; }

# A Rust toolchain that can build for the browser, first on PATH. One for everything, so that
# nothing is compiled twice. There is no rust-toolchain.toml: rustup would try to download what it
# names, which a closed machine can't.
need_rust() {
  if command -v rustc >/dev/null && has_wasm_std rustc; then
    use_debian_linker
  elif [ -x /usr/bin/rustc ] && has_wasm_std /usr/bin/rustc; then
    export PATH="/usr/bin:$PATH"
    use_debian_linker
  elif add_target_with_rustup; then
    say "added the browser target with rustup"
  else
    install_debian_rust
  fi
}

add_target_with_rustup() {
  command -v rustup >/dev/null &&
    with_limit rustup target add wasm32-unknown-unknown >/dev/null 2>&1 &&
    has_wasm_std rustc
}

install_debian_rust() {
  can_install || fail "Rust with the target wasm32-unknown-unknown is missing." \
    "Install rustup (https://rustup.rs) and try again."
  apt_install rustc-web cargo-web rust-web-src lld-22 rust-web-clippy rustfmt-web
  export PATH="/usr/bin:$PATH"
  use_debian_linker
  step "building the standard library for the browser" build_wasm_std
  has_wasm_std /usr/bin/rustc || fail "this machine has no Rust that can build for the browser"
}

# Debian's compiler comes without a linker of its own for the browser.
use_debian_linker() {
  if is_debian_rust; then export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22; fi
}

# Debian's toolchain brings the library's source only: an empty crate is built with it once, and the
# parts are put where the compiler looks.
build_wasm_std() {
  local dir target=wasm32-unknown-unknown
  local library="/usr/lib/rustlib/$target/lib"
  dir="$(mktemp -d)"
  mkdir -p "$dir/src" "$library"
  touch "$dir/src/lib.rs"
  printf '[package]\nname = "empty-crate"\nversion = "0.0.0"\nedition = "2021"\n' >"$dir/Cargo.toml"
  (cd "$dir" && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$dir/target" /usr/bin/cargo build --release \
    --target "$target" -Zbuild-std=std,panic_abort,proc_macro)
  find "$dir/target/$target/release/deps" -name '*.rlib' ! -name 'libempty_crate*' \
    -exec cp {} "$library/" \;
  rm -rf "$dir"
}

# need_component <cargo command> <component of rustup> <package of Debian>
need_component() {
  if cargo "$1" --version >/dev/null 2>&1; then return; fi
  if command -v rustup >/dev/null && rustup component add "$2" >/dev/null 2>&1; then return; fi
  apt_install "$3"
}
need_rustfmt() { need_component fmt rustfmt rustfmt-web; }
need_clippy() { need_component clippy clippy rust-web-clippy; }

# --- Programs from crates.io ---------------------------------------------------------------------

# Installs a program once, in exactly this version, built quickly: it runs for seconds.
# need_crate <program> <crate> <version> [argument of cargo install]…
need_crate() {
  local program="$1" crate="$2" version="$3"
  shift 3
  if [[ " $("$program" --version 2>/dev/null) " == *" $version "* ]]; then return; fi
  local target="$LOOKIT_CACHE/tools-target"
  step "installing $crate $version" env CARGO_TARGET_DIR="$target" CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet "$crate" --version "$version" --root "$TOOLS" "$@"
  rm -rf "$target"
}

# Equals `wasm-bindgen` in Cargo.toml. Its own lock file names a release that was taken back.
need_wasm_bindgen() { need_crate wasm-bindgen wasm-bindgen-cli 0.2.130; }
need_leptosfmt() { need_crate leptosfmt leptosfmt 0.1.33 --locked; }
need_typos() { need_crate typos typos-cli 1.52.0 --locked; }
need_cargo_deny() { need_crate cargo-deny cargo-deny 0.20.2 --locked; }
need_cargo_machete() { need_crate cargo-machete cargo-machete 0.9.1 --locked; }

# .config/nextest.toml says which versions will do.
need_nextest() {
  command -v cargo-nextest >/dev/null || need_crate cargo-nextest cargo-nextest 0.9.143 --locked
}

# --- Node ----------------------------------------------------------------------------------------

need_node() {
  if ! command -v npm >/dev/null; then
    can_install || fail "Node.js with npm is missing. Please install it and try again."
    apt_install nodejs npm
  fi
  if [ -e node_modules/.package-lock.json ] &&
    cmp -s package-lock.json node_modules/.lookit-lock; then return; fi
  step "installing the tools of the front end" npm ci --no-audit --no-fund --ignore-scripts
  cp package-lock.json node_modules/.lookit-lock
}

need_chromium() {
  if [ -z "${LOOKIT_CHROMIUM:-}" ]; then
    LOOKIT_CHROMIUM="$(command -v chromium || command -v chromium-browser ||
      command -v google-chrome || true)"
    if [ -z "$LOOKIT_CHROMIUM" ] && can_install; then
      apt_install chromium
      LOOKIT_CHROMIUM="$(command -v chromium)"
    fi
  fi
  export LOOKIT_CHROMIUM
  [ -n "$LOOKIT_CHROMIUM" ]
}
