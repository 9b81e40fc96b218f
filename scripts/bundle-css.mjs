// Bundles and minifies a style sheet: `bundle-css.mjs <from> <to>`.
import { writeFileSync } from "node:fs";
import { bundle } from "lightningcss";

const [from = "", to = ""] = process.argv.slice(2);
writeFileSync(to, bundle({ filename: from, minify: true }).code);
