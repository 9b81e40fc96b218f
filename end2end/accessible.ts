// What every page must be.
import AxeBuilder from "@axe-core/playwright";
import { expect, hasScripts, type Page } from "./site";

/**
 * Fails on anything that axe calls serious or critical, and on what is wider than the window. Axe
 * is a script itself, so it looks where scripts run.
 */
export async function expectAccessible(page: Page) {
  if (!hasScripts()) return;
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const said = bad.map(({ id, nodes }) => {
    const places = nodes.map((node) => node.target.join(" "));
    return `${id}: ${places.join(", ")}`;
  });
  expect(said).toEqual([]);
  const fits = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  expect(fits, "nothing is wider than the window").toBe(true);
}
