// Measures the preview of the design page: from the last keystroke to the first frame, twenty times.
// bench-preview.mjs <origin> <path> <session token>
import { chromium } from "@playwright/test";

const [origin, path, token] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.LOOKIT_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic"],
});
try {
  const context = await browser.newContext({ viewport: { width: 1500, height: 950 } });
  await context.addCookies([{ name: "lookit_session", value: token, url: origin }]);
  const page = await context.newPage();
  await page.goto(origin + path);
  await page.locator("#pane[data-took]").waitFor({ timeout: 20_000 });
  const times = [];
  for (let turn = 0; turn < 20; turn += 1) {
    const text = JSON.stringify({
      frames: { a: { kind: "exp-lookit-text", blocks: [{ text: `Turn ${turn}` }] } },
      sequence: ["a"],
    });
    await page.locator("#structure-editor").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(text);
    const began = performance.now();
    await page
      .frameLocator("#pane iframe")
      .getByText(`Turn ${turn}`, { exact: true })
      .waitFor({ timeout: 20_000 });
    times.push(performance.now() - began);
  }
  times.sort((one, other) => one - other);
  console.log(
    `edit to first frame of the preview: median ${Math.round(times[10])} ms, slowest of 20 ${Math.round(times[19])} ms (of which 700 ms are the pause after the last keystroke)`,
  );
} finally {
  await browser.close();
}
