#!/usr/bin/env bash
# Formats everything that `check.sh` wants in a form.
cd "$(dirname "$0")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

need_rust
need_rustfmt
need_node
need_leptosfmt
cargo fmt --all
git grep --untracked -lz 'view! {' -- '*.rs' | xargs -0 leptosfmt --quiet
node_modules/.bin/biome check --write
