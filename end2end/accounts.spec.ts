// Accounts: a researcher's way in, codes, forgotten passwords, throttling, leaving.
import { expectAccessible } from "./accessible";
import {
  family,
  givePassword,
  linkInEmail,
  researcher,
  signIn,
  staff,
  textOfEmail,
  totp,
} from "./people";
import { anotherPage, expect, type Page, type Site, test } from "./site";

const ada = { email: "ada@example.org", password: "three odd socks dancing" };

/** From the start page to recovery codes. Returns the app's secret and the codes. */
async function signUpResearcher(page: Page, site: Site) {
  await page.goto(`${site.origin}/signup`);
  await page.getByRole("link", { name: "Create a researcher account" }).click();
  await expectAccessible(page);
  await page.getByLabel("Email address").fill(ada.email);
  await page.getByLabel("Given name").fill("Ada");
  await page.getByLabel("Family name").fill("Lovelace");
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await page.getByLabel("Repeat the password").fill(ada.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByLabel("Six digits").fill("12");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("This code is not right").first()).toBeVisible();
  await expectAccessible(page);
  const email = await textOfEmail(page, site, ada.email, "Your code for signing up");
  await page.getByLabel("Six digits").fill(/\d{6}/.exec(email)?.[0] ?? "");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(
    page.getByRole("heading", { name: "One more step to sign in safely" }),
  ).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Use an app" }).click();
  await expectAccessible(page);
  await page.getByText("Can't point a camera at it?").click();
  const secret = (await page.locator("#totp-secret").textContent()) ?? "";
  await page.getByLabel("Six digits").fill("123456");
  await page.getByRole("button", { name: "Check the code" }).click();
  await expect(page.getByText("This code is not right").first()).toBeVisible();
  await expectAccessible(page);
  const code = totp(secret);
  await page.getByLabel("Six digits").fill(code);
  await page.getByRole("button", { name: "Check the code" }).click();
  await expect(page.getByRole("heading", { name: "Keep these codes" })).toBeVisible();
  await expectAccessible(page);
  const codes = await page.locator(".recovery-codes code").allTextContents();
  expect(codes).toHaveLength(10);
  return { secret, code, codes };
}

test("a researcher signs up, sets up an app, and looks at the sandbox", async ({ page, site }) => {
  const { secret, code, codes } = await signUpResearcher(page, site);
  await page.getByRole("link", { name: "I have saved them" }).click();
  await page.getByRole("link", { name: "Sandbox" }).click();
  await expect(page.getByRole("heading", { name: "Who can do what" })).toBeVisible();
  await expect(page.getByText("Create studies in the lab").first()).toBeVisible();
  await expectAccessible(page);

  // Another browser: the code that was used, the next one, and a recovery code twice.
  const other = await anotherPage(page);
  await givePassword(other, site, ada);
  await expect(other.getByRole("heading", { name: "Is it really you?" })).toBeVisible();
  await expectAccessible(other);
  await other.goto(`${site.origin}/exp/labs`);
  await expect(other).toHaveURL(/second-factor\?next=%2Fexp%2Flabs/);
  const give = async (text: string) => {
    await other.getByLabel("Code from your app").fill(text);
    await other.getByRole("button", { name: "Continue" }).click();
  };
  await give(code);
  await expect(other.getByText("works only once").first()).toBeVisible();
  await expectAccessible(other);
  await give(totp(secret, 1));
  await expect(other.getByRole("heading", { name: "Labs" })).toBeVisible();

  const third = await anotherPage(page);
  await givePassword(third, site, ada);
  await third.getByLabel("Code from your app").fill((codes[0] ?? "").toUpperCase());
  await third.getByRole("button", { name: "Continue" }).click();
  await third.goto(`${site.origin}/account/security`);
  await expect(third.getByText("9 codes left.")).toBeVisible();
  await expectAccessible(third);
  await third.goto(`${site.origin}/account/tokens`);
  await third.getByLabel("Name", { exact: true }).fill("laptop");
  await third.getByRole("button", { name: "Create token" }).click();
  await expect(third.getByText("Please choose what the token may do.").first()).toBeVisible();
  await expectAccessible(third);
  await third.getByLabel("Read studies").check();
  await third.getByRole("button", { name: "Create token" }).click();
  await expect(third.locator("#new-token")).toHaveText(/^[\w-]{43}$/);
  await expectAccessible(third);
  await third.goto(`${site.origin}/account/security`);
  // The others are signed out from here.
  const others = third.getByRole("button", { name: /Sign out Chrome/ });
  await expect(others).toHaveCount(2);
  await others.first().click();
  await expect(others).toHaveCount(1);
  await others.first().click();
  await expect(others).toHaveCount(0);
  await other.reload();
  await expect(other).toHaveURL(/\/login/);
});

test("signing up with a known address leads to the account that there is", async ({
  page,
  site,
}) => {
  await page.goto(`${site.origin}/signup`);
  await page.getByLabel("Email address").fill(family.email);
  await page.getByLabel("Password", { exact: true }).fill("three odd socks dancing");
  await page.getByLabel("Repeat the password").fill("three odd socks dancing");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("We have sent an email to")).toBeVisible();
  const link = await linkInEmail(page, site, family.email, "You already have an account");
  expect(link).toBe(`${site.origin}/login`);
  await givePassword(page, site, family);
});

test("a forgotten password is replaced by a link in an email", async ({ page, site }) => {
  await page.goto(`${site.origin}/login`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await expectAccessible(page);
  await page.getByLabel("Email address").fill(family.email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await expect(page.getByText("If there is an account with this address")).toBeVisible();
  const link = await linkInEmail(page, site, family.email, "A new password");
  await page.goto(link);
  await expectAccessible(page);
  await page.getByLabel("New password", { exact: true }).fill("several owls read maps");
  await page.getByLabel("Repeat the new password").fill("several owls read maps");
  await page.getByRole("button", { name: "Save the new password" }).click();
  await expect(page.getByText("Your new password is saved.")).toBeVisible();
  await givePassword(page, site, { email: family.email, password: "several owls read maps" });
});

test("guessing a password has to wait", async ({ page, site }) => {
  await page.goto(`${site.origin}/login`);
  for (let tries = 0; tries < 9; tries += 1) {
    await page.getByLabel("Email address").fill(family.email);
    await page.getByLabel("Password").fill(`guess number ${tries}`);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    // The answer has come: a password is never sent back.
    await expect(page.getByLabel("Password")).toHaveValue("");
    await expect(page.getByRole("alert").first()).toBeVisible();
  }
  await expect(page.getByText("Please try again in 15 minutes")).toBeVisible();
  await expectAccessible(page);
});

test("a family changes its account, leaves, and comes back", async ({ page, site }) => {
  await signIn(page, site, family);
  for (const path of [
    "/account",
    "/account/settings",
    "/account/email",
    "/account/security",
    "/account/leave",
  ]) {
    await page.goto(`${site.origin}${path}`);
    await expectAccessible(page);
  }
  await page.goto(`${site.origin}/account/settings`);
  await page.getByLabel("What should we call you?").fill("The Robins");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your changes are saved.")).toBeVisible();
  await page.getByLabel("New email address").fill("robins@example.org");
  await page.getByLabel("Your password").fill("wrong");
  await page.getByRole("button", { name: "Change address" }).click();
  await expect(page.getByText("This is not your current password.").first()).toBeVisible();
  await expect(page.getByLabel("New email address")).toHaveValue("robins@example.org");
  await expectAccessible(page);

  await page.goto(`${site.origin}/account/leave`);
  await page.getByLabel("Your current password").fill(family.password);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the copy" }).click();
  expect((await download).suggestedFilename()).toMatch(/^lookit-my-data-[\d-]+\.json$/);

  await page.getByLabel("Your password").fill(family.password);
  await page.getByRole("button", { name: "Delete my account" }).click();
  await expect(page.getByText("Your account will be deleted on")).toBeVisible();
  await expectAccessible(page);
  const link = await linkInEmail(page, site, family.email, "Your account will be deleted");
  await page.goto(link);
  await page.getByRole("button", { name: "Keep my account" }).click();
  await expect(page.getByText("Your account stays as it is.")).toBeVisible();
  await page.goto(`${site.origin}/account/leave`);
  await expect(page.getByText("Your account will be deleted on")).toHaveCount(0);
});

test("staff look after accounts, and every act is written down", async ({ page, site }) => {
  await signIn(page, site, staff);
  await page.goto(`${site.origin}/staff/accounts?search=researcher`);
  await expectAccessible(page);
  await page.getByRole("link", { name: "Dana Demo" }).click();
  await expectAccessible(page);
  await page.getByText("Remove all second factors").click();
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText(/reason/).first()).toBeVisible();
  await page.getByLabel("Why").fill("lost the phone");
  await page.getByText("Remove all second factors").click();
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Done. It is recorded in the audit.")).toBeVisible();
  await page.getByRole("link", { name: /what was done/ }).click();
  await expect(page.getByText("lost the phone")).toBeVisible();
  await expectAccessible(page);
  const owner = await anotherPage(page);
  await givePassword(owner, site, researcher);
  await expect(
    owner.getByRole("heading", { name: "One more step to sign in safely" }),
  ).toBeVisible();
  await expect
    .poll(() => linkInEmail(page, site, researcher.email, "Your second factor was reset"))
    .toContain("/account/security");
});
