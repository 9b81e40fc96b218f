// Families: signing up, children, finding a study that fits, signing out, colours.
import { expectAccessible } from "./accessible";
import { enterCode, family, signIn } from "./people";
import { anotherPage, expect, test } from "./site";

test("a new family signs up, adds a child, describes itself, and finds a study", async ({
  page,
  site,
  javaScriptEnabled,
}) => {
  await page.goto(site.origin);
  await expectAccessible(page);
  await page.getByLabel("How old is your child?").selectOption("preschoolers");
  await page.getByRole("button", { name: "Find a study" }).click();
  await expect(page.getByRole("link", { name: "The snack machine puzzle" })).toBeVisible();
  await page.getByRole("link", { name: "The snack machine puzzle" }).click();
  await expectAccessible(page);
  await page.getByRole("main").getByRole("link", { name: "Sign up" }).click();

  // Wrong first: the faults are named, and what was typed is still there.
  await page.getByLabel("Email address").fill("new family");
  await page.getByLabel("What should we call you?").fill("The Kims");
  await page.getByLabel("Password", { exact: true }).fill("password12");
  await page.getByLabel("Repeat the password").fill("other");
  if (javaScriptEnabled !== false)
    await expect(page.locator(".meter-words")).toContainText("Easy to guess");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toContainText("Please enter an email address");
  await expect(page.locator("#password-error")).toContainText("easy to guess");
  await expect(page.getByLabel("What should we call you?")).toHaveValue("The Kims");
  await expectAccessible(page);

  await page.getByLabel("Email address").fill("kims@example.org");
  await page.getByLabel("Password", { exact: true }).fill("three odd socks dancing");
  await page.getByLabel("Repeat the password").fill("three odd socks dancing");
  if (javaScriptEnabled !== false)
    await expect(page.locator(".meter-words")).toContainText("Hard to guess");
  await page.getByRole("button", { name: "Create account" }).click();
  await expectAccessible(page);
  await enterCode(page);

  await expect(page.getByRole("heading", { name: "Add a child" })).toBeVisible();
  await page.getByLabel("First name").fill("Min");
  await page.getByLabel("Birthday").fill("2022-11-01");
  await expect(page.getByLabel("In your own words")).toBeHidden();
  await page.getByLabel("In my own words").check();
  await page.getByLabel("In your own words").fill("depends on the day");
  await page.getByLabel("English").check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Add child" }).click();

  await expect(page.getByText("This study fits Min.")).toBeVisible();
  await page.getByRole("button", { name: "Take part" }).click();
  await expect(page.getByRole("heading", { name: "About our family" })).toBeVisible();
  await expect(page.getByLabel("State")).toBeHidden();
  await page.getByLabel("Country").selectOption("US");
  await page.getByLabel("State").selectOption("MA");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save and continue" }).click();
  await expect(page.getByRole("heading", { name: "The snack machine puzzle" })).toBeVisible();
});

test("children are changed and deleted, after a question", async ({ page, site }) => {
  await signIn(page, site, family);
  await page.goto(`${site.origin}/account/children`);
  await expectAccessible(page);
  await page.getByRole("link", { name: "Change what you told us about Juno" }).click();
  await page.getByLabel("First name").fill("");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("alert")).toContainText("Please fill in the name");
  await page.getByLabel("First name").fill("Juniper");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { name: "Juniper" })).toBeVisible();
  await page.getByRole("link", { name: "Change what you told us about Juniper" }).click();
  await page.getByRole("link", { name: "Delete Juniper" }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Keep" }).click();
  await page.getByRole("link", { name: "Delete Juniper" }).click();
  await page.getByRole("button", { name: "Delete Juniper" }).click();
  await expect(page.getByText("The child is no longer on your list.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Juniper" })).toHaveCount(0);
});

test("a child that does not fit gets a reason, and lists can be narrowed", async ({
  page,
  site,
}) => {
  await signIn(page, site, family);
  await page.goto(`${site.origin}/studies`);
  await expectAccessible(page);
  await expect(
    page.getByRole("listitem").filter({ hasText: "The snack machine puzzle" }),
  ).toContainText("Fits Robin");
  await page.getByLabel("Child").selectOption({ label: "Juno" });
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByText("1 study", { exact: true })).toBeVisible();
  await page.goto(`${site.origin}/studies`);
  await page.getByRole("link", { name: "The snack machine puzzle" }).click();
  await expect(page.getByText(/Juno (turns 3 on|can take part from) \d+ \w+ \d{4}/)).toBeVisible();
  await expectAccessible(page);
});

test("signing out everywhere ends every session", async ({ page, site }) => {
  await signIn(page, site, family);
  const other = await anotherPage(page);
  await signIn(other, site, family);
  await page.goto(`${site.origin}/account/security`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  await other.goto(`${site.origin}/account`);
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await other.close();
});

test("colours can be chosen, and every theme is legible", async ({ page, site }) => {
  await page.goto(`${site.origin}/dev/style`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expectAccessible(page);
  for (const path of ["/", "/studies", "/login", "/signup", "/nowhere"]) {
    await page.goto(site.origin + path);
    await expectAccessible(page);
  }
});
