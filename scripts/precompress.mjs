// Writes `.br` and `.gz` beside files that browsers load, so that the server never compresses them
// while somebody waits: `precompress.mjs <folder>…`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const WANTED = /\.(css|js|mjs|svg|wasm|txt|json)$/;
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

for (const root of process.argv.slice(2)) {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !WANTED.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, BROTLI));
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
