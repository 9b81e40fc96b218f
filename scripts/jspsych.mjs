// Copies jsPsych and its official plugins, as npm has them, into a folder beside the player, with a
// list of what there is: `jspsych.mjs <folder>`.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MODULES = "node_modules";
const BUNDLE = "dist/index.browser.min.js";
const [out = ""] = process.argv.slice(2);

/** @param {string} name of a package */
function about(name) {
  return JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf8"));
}

/** The name under which a plugin's script makes it known. @param {string} source */
function globalOf(source) {
  const script = readFileSync(source, "utf8").replace(/^\s*(?:"use strict";)?/, "");
  const global = /^(?:var|let|const)\s+(jsPsych\w+)\s*=/.exec(script)?.[1];
  if (!global) throw new Error(`${source} names no global`);
  return global;
}

/** Copies a plugin. @param {string} folder of the plugin below `@jspsych` */
function copyPlugin(folder) {
  const { version, description = "" } = about(`@jspsych/${folder}`);
  const source = join(MODULES, "@jspsych", folder, BUNDLE);
  const file = `${folder}.js`;
  copyFileSync(source, join(out, file));
  const name = folder.replace("plugin-", "");
  const docs = `https://www.jspsych.org/latest/plugins/${name}/`;
  return { name, global: globalOf(source), version, file, description, docs };
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
copyFileSync(join(MODULES, "jspsych", BUNDLE), join(out, "jspsych.js"));
copyFileSync(join(MODULES, "jspsych/css/jspsych.css"), join(out, "jspsych.css"));
const folders = readdirSync(join(MODULES, "@jspsych"));
const plugins = folders.filter((name) => name.startsWith("plugin-")).map(copyPlugin);
writeFileSync(join(out, "plugins.json"), JSON.stringify(plugins));
console.log(`jsPsych ${about("jspsych").version} and ${plugins.length} plugins`);
