// Measures the preview of the design page twenty times, from the last keystroke to the first frame:
// `bench-preview.mjs <origin> <path> <session token>`.
import { chromium } from "@playwright/test";

const TURNS = 20;
const PATIENCE = { timeout: 20_000 };
const [origin = "", path = "", token = ""] = process.argv.slice(2);

/** @param {string} text that the protocol's only frame shows */
const protocol = (text) =>
  JSON.stringify({
    frames: { a: { kind: "exp-lookit-text", blocks: [{ text }] } },
    sequence: ["a"],
  });

const browser = await chromium.launch({
  executablePath: process.env.LOOKIT_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic"],
});
try {
  const context = await browser.newContext({ viewport: { width: 1500, height: 950 } });
  await context.addCookies([{ name: "lookit_session", value: token, url: origin }]);
  const page = await context.newPage();
  await page.goto(origin + path);
  await page.locator("#pane[data-took]").waitFor(PATIENCE);
  const times = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.locator("#structure-editor").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(protocol(`Turn ${turn}`));
    const began = performance.now();
    const shown = page.frameLocator("#pane iframe").getByText(`Turn ${turn}`, { exact: true });
    await shown.waitFor(PATIENCE);
    times.push(Math.round(performance.now() - began));
  }
  times.sort((one, other) => one - other);
  console.log(
    `edit to first frame of the preview: median ${times[TURNS / 2]} ms, ` +
      `slowest of ${TURNS} ${times.at(-1)} ms ` +
      "(of which 700 ms are the pause after the last keystroke)",
  );
} finally {
  await browser.close();
}
