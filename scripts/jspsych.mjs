// Puts jsPsych and its official plugins, as npm has them, beside the player, with a list of what there is.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [out] = process.argv.slice(2);
const modules = "node_modules";
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
copyFileSync(join(modules, "jspsych/dist/index.browser.min.js"), join(out, "jspsych.js"));
copyFileSync(join(modules, "jspsych/css/jspsych.css"), join(out, "jspsych.css"));
const plugins = readdirSync(join(modules, "@jspsych"))
  .filter((name) => name.startsWith("plugin-"))
  .map((name) => {
    const { version, description } = JSON.parse(
      readFileSync(join(modules, "@jspsych", name, "package.json"), "utf8"),
    );
    const source = join(modules, "@jspsych", name, "dist/index.browser.min.js");
    const global = /^(?:var|let|const)\s+(jsPsych\w+)\s*=/.exec(
      readFileSync(source, "utf8").replace(/^\s*(?:"use strict";)?/, ""),
    )?.[1];
    if (!global) throw new Error(`${name} names no global`);
    const file = `${name}.js`;
    copyFileSync(source, join(out, file));
    const kind = name.replace("plugin-", "");
    return {
      name: kind,
      global,
      version,
      file,
      description: description ?? "",
      docs: `https://www.jspsych.org/latest/plugins/${kind}/`,
    };
  });
writeFileSync(join(out, "plugins.json"), JSON.stringify(plugins));
console.log(
  `jsPsych ${JSON.parse(readFileSync(join(modules, "jspsych/package.json"), "utf8")).version} and ${plugins.length} plugins`,
);
