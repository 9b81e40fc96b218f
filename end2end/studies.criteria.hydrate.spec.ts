// The criteria expression is explained while it is written.
import { researcher, signIn } from "./people";
import { expect, test } from "./site";

test("an expression is said in words, and its fault at its place", async ({ page, site }) => {
  await signIn(page, site, researcher);
  await page.goto(`${site.origin}/exp/studies`);
  await page.getByRole("link", { name: "The cat who wanted the moon", exact: true }).click();
  await page.getByRole("link", { name: "Ad", exact: true }).click();
  await page.getByLabel("Criteria expression").fill("speaks_es AND NOT deaf");
  await expect(page.locator("#audience")).toHaveText(
    "For children from 2 years to 6 years who hear Spanish and are not deaf",
  );
  await page.getByLabel("Criteria expression").fill("speaks_es AND deef");
  await expect(page.locator("#audience")).toContainText("At character 15");
  await page.getByRole("group", { name: "From" }).getByLabel("Years").selectOption("7");
  await expect(page.locator("#age-line")).toContainText("2555 to 2190 days");
  await expect(page.locator("#age-line")).toContainText("above the oldest");
});
