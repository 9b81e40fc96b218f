#!/usr/bin/env bash
# Builds the server, the islands, the player and the style sheets. `build.sh release` builds them small and fast.
# The layout is that of cargo-leptos, so `cargo leptos watch` works as well for those who have it.
cd "$(dirname "$0")/.."
. scripts/tools.sh

kind="${1:-dev}"
need_rust
need_wasm_bindgen
need_node

if [ "$kind" = release ]; then server=(--release); front=(--profile wasm-release); front_dir=wasm-release; server_dir=release
else server=(); front=(); front_dir=debug; server_dir=debug; fi

cargo_quiet() { cargo build --quiet "$@"; }

build_front() {
  # A target folder of its own: other features, and it never evicts the server's.
  CARGO_TARGET_DIR="$CARGO_TARGET_DIR/front" cargo_quiet -p frontend -p player --lib --target wasm32-unknown-unknown "${front[@]}"
}

bind() { # crate, folder, name
  local wasm="$CARGO_TARGET_DIR/front/wasm32-unknown-unknown/$front_dir/$1.wasm" out="$2" name="$3" work; work="$(mktemp -d)"
  wasm-bindgen "$wasm" --target web --no-typescript --out-dir "$work" --out-name "$name"
  if [ "$kind" = release ]; then
    node_modules/.bin/wasm-opt -Oz --strip-debug --strip-producers --enable-bulk-memory --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext --enable-mutable-globals --enable-multivalue "$work/${name}_bg.wasm" -o "$work/small.wasm"
    mv "$work/small.wasm" "$work/${name}_bg.wasm"
  fi
  mkdir -p "$out"; cp "$work/$name.js" "$out/"; cp "$work/${name}_bg.wasm" "$out/"; rm -rf "$work"
}

bundle() { node scripts/bundle-css.mjs "$1" "$2"; }

step "building the islands and the player" build_front
mkdir -p "$LOOKIT_SITE_ROOT/pkg" "$LOOKIT_SITE_ROOT/fonts" "$LOOKIT_PLAYER_ROOT"
bind frontend "$LOOKIT_SITE_ROOT/pkg" app
# cargo-leptos names it so, and so the pages ask for it.
mv "$LOOKIT_SITE_ROOT/pkg/app_bg.wasm" "$LOOKIT_SITE_ROOT/pkg/app.wasm"
bind player "$LOOKIT_PLAYER_ROOT" player
bundle style/main.css "$LOOKIT_SITE_ROOT/pkg/app.css"
bundle style/player.css "$LOOKIT_PLAYER_ROOT/player.css"
for name in boot generate jspsych; do cp "web/player/$name.ts" "$LOOKIT_PLAYER_ROOT/$name.js"; done
node scripts/jspsych.mjs "$LOOKIT_PLAYER_ROOT/jspsych"
cp "$LOOKIT_PLAYER_ROOT/jspsych/plugins.json" "$LOOKIT_SITE_ROOT/pkg/"
bundle style/editor.css "$LOOKIT_SITE_ROOT/pkg/editor.css"
scripts_of=(web/editor/editor.ts web/editor/ad.ts)
if [ "$kind" = release ]; then node_modules/.bin/esbuild "${scripts_of[@]}" --bundle --format=esm --target=es2022 --outdir="$LOOKIT_SITE_ROOT/pkg" --log-level=warning --minify
else node_modules/.bin/esbuild "${scripts_of[@]}" --bundle --format=esm --target=es2022 --outdir="$LOOKIT_SITE_ROOT/pkg" --log-level=warning; fi
cp -r public/. "$LOOKIT_SITE_ROOT/"
cp web/site/passkeys.ts "$LOOKIT_SITE_ROOT/passkeys.js"
cp node_modules/@fontsource-variable/nunito-sans/files/nunito-sans-latin-wght-normal.woff2 "$LOOKIT_SITE_ROOT/fonts/nunito-sans.woff2"
if [ "$kind" = release ]; then
  node scripts/precompress.mjs "$LOOKIT_SITE_ROOT" "$LOOKIT_PLAYER_ROOT"
else
  find "$LOOKIT_SITE_ROOT" "$LOOKIT_PLAYER_ROOT" -name '*.br' -delete -o -name '*.gz' -delete
fi
step "building the server" cargo_quiet -p server --bin lookit "${server[@]}"
say "built: $CARGO_TARGET_DIR/$server_dir/lookit"
