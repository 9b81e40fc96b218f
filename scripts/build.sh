#!/usr/bin/env bash
# Builds the server, the islands, the player, the scripts and the style sheets.
# `build.sh release` builds them small and fast.
# The layout is that of cargo-leptos, so `cargo leptos watch` works as well for those who have it.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

kind="${1:-dev}"
case "$kind" in
  dev) server_dir=debug server=() front_dir=debug front=() minify=() ;;
  release)
    server_dir=release server=(--release)
    front_dir=wasm-release front=(--profile wasm-release)
    minify=(--minify)
    ;;
  *) fail "build.sh knows 'dev' and 'release', not '$kind'" ;;
esac

build_front() {
  CARGO_TARGET_DIR="$FRONT_TARGET_DIR" cargo build --quiet -p frontend -p player --lib \
    --target wasm32-unknown-unknown "${front[@]}"
}

# Makes a module for browsers of a crate's wasm: bind <crate> <folder> <name>
bind() {
  local crate="$1" out="$2" name="$3" work
  work="$(mktemp -d)"
  wasm-bindgen "$FRONT_TARGET_DIR/wasm32-unknown-unknown/$front_dir/$crate.wasm" \
    --target web --no-typescript --out-dir "$work" --out-name "$name"
  if [ "$kind" = release ]; then shrink "$work/${name}_bg.wasm"; fi
  mkdir -p "$out"
  cp "$work/$name.js" "$work/${name}_bg.wasm" "$out/"
  rm -rf "$work"
}

shrink() {
  node_modules/.bin/wasm-opt -Oz --strip-debug --strip-producers --enable-bulk-memory \
    --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext \
    --enable-mutable-globals --enable-multivalue "$1" -o "$1.small"
  mv "$1.small" "$1"
}

build_wasm() {
  bind frontend "$LOOKIT_SITE_ROOT/pkg" app
  # cargo-leptos names it so, and so the pages ask for it.
  mv "$LOOKIT_SITE_ROOT/pkg/app_bg.wasm" "$LOOKIT_SITE_ROOT/pkg/app.wasm"
  bind player "$LOOKIT_PLAYER_ROOT" player
}

# Makes scripts for browsers of TypeScript: bundle <folder> <file>… [option of esbuild]…
bundle() {
  local out="$1"
  shift
  node_modules/.bin/esbuild "$@" --bundle --format=esm --target=es2022 --outdir="$out" \
    --log-level=warning "${minify[@]}"
}

build_scripts() {
  bundle "$LOOKIT_SITE_ROOT/pkg" web/editor/editor.ts web/editor/ad.ts
  bundle "$LOOKIT_SITE_ROOT" web/site/passkeys.ts
  # Split, so that jsPsych's part is loaded only where it is played.
  bundle "$LOOKIT_PLAYER_ROOT" web/player/boot.ts web/player/jspsych.ts --splitting \
    --external:./player.js
  node scripts/jspsych.mjs "$LOOKIT_PLAYER_ROOT/jspsych"
  cp "$LOOKIT_PLAYER_ROOT/jspsych/plugins.json" "$LOOKIT_SITE_ROOT/pkg/"
}

build_styles() {
  node scripts/bundle-css.mjs style/main.css "$LOOKIT_SITE_ROOT/pkg/app.css"
  node scripts/bundle-css.mjs style/editor.css "$LOOKIT_SITE_ROOT/pkg/editor.css"
  node scripts/bundle-css.mjs style/player.css "$LOOKIT_PLAYER_ROOT/player.css"
}

copy_files() {
  local font=node_modules/@fontsource-variable/nunito-sans/files/nunito-sans-latin-wght-normal.woff2
  cp -r public/. "$LOOKIT_SITE_ROOT/"
  cp "$font" "$LOOKIT_SITE_ROOT/fonts/nunito-sans.woff2"
}

compress() {
  if [ "$kind" = release ]; then
    node scripts/precompress.mjs "$LOOKIT_SITE_ROOT" "$LOOKIT_PLAYER_ROOT"
  else
    # Of a release that was built before; the server would prefer them.
    find "$LOOKIT_SITE_ROOT" "$LOOKIT_PLAYER_ROOT" \( -name '*.br' -o -name '*.gz' \) -delete
  fi
}

need_rust
need_wasm_bindgen
need_node
step "building the islands and the player" build_front
mkdir -p "$LOOKIT_SITE_ROOT/pkg" "$LOOKIT_SITE_ROOT/fonts" "$LOOKIT_PLAYER_ROOT"
build_wasm
build_scripts
build_styles
copy_files
compress
step "building the server" cargo build --quiet -p server --bin lookit "${server[@]}"
say "built: $CARGO_TARGET_DIR/$server_dir/lookit"
