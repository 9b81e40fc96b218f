// The way to a study, and every page on a phone.
import { expectAccessible } from "./accessible";
import { researcher, signIn } from "./people";
import { expect, test } from "./site";

test("a researcher finds the way from the lab to a study", async ({ page, site }) => {
  await page.goto(site.origin);
  await page.getByRole("link", { name: "Your lab is this way." }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await signIn(page, site, researcher);
  await expect(page.getByRole("heading", { name: "Studies" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "The cat who wanted the moon", exact: true }).click();
  await expect(page.getByText("no frame asks for consent")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: /Responses \(0\)/ }).click();
  await expect(page.getByText("No responses yet.")).toBeVisible();
  await expectAccessible(page);
});

test("a phone shows everything within its width", async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, site, researcher);
  for (const path of [
    "/",
    "/studies",
    "/account",
    "/account/demographics",
    "/account/children/add",
    "/exp/studies",
    "/studies/history",
  ]) {
    await page.goto(site.origin + path);
    await expectAccessible(page);
  }
});
