// Labs: making one, approval, invitations, roles that take effect at once, who works on a study.
import { expectAccessible } from "./accessible";
import { enterCode, linkInEmail, researcher, signIn, staff, totp } from "./people";
import { pixel } from "./pictures";
import { addressOf, anotherPage, expect, type Page, type Site, test } from "./site";

const LAB = "Demo Lab for Small Questions";

async function openLab(page: Page, site: Site) {
  await page.goto(`${site.origin}/exp/labs`);
  await page.getByRole("link", { name: LAB }).click();
  await expect(page.getByRole("heading", { name: LAB })).toBeVisible();
}

/** A second person: invited by email, makes an account, sets up an app, joins. */
async function newcomer(page: Page, site: Site): Promise<Page> {
  await openLab(page, site);
  await page.getByRole("link", { name: "Members" }).click();
  await expectAccessible(page);
  await page.getByLabel("Email address").fill("new@example.org");
  await page.getByLabel("Role", { exact: true }).selectOption("admin");
  await page.getByRole("button", { name: "Send invitation" }).click();
  await expect(page.getByText("The invitation is on its way.")).toBeVisible();
  const link = await linkInEmail(page, site, "new@example.org", `You are invited to ${LAB}`);
  const other = await anotherPage(page);
  await other.goto(link);
  await expectAccessible(other);
  await other.getByRole("link", { name: "Create account" }).click();
  await other.getByLabel("Email address").fill("new@example.org");
  await other.getByLabel("Given name").fill("Nora");
  await other.getByLabel("Family name").fill("New");
  await other.getByLabel("Password", { exact: true }).fill("three odd socks dancing");
  await other.getByLabel("Repeat the password").fill("three odd socks dancing");
  await other.getByRole("button", { name: "Create account" }).click();
  await enterCode(other);
  await other.getByRole("button", { name: "Use an app" }).click();
  await other.getByText("Can't point a camera at it?").click();
  await other
    .getByLabel("Six digits")
    .fill(totp((await other.locator("#totp-secret").textContent()) ?? ""));
  await other.getByRole("button", { name: "Check the code" }).click();
  await other.getByRole("link", { name: "I have saved them" }).click();
  await other.getByRole("button", { name: "Join the lab" }).click();
  await expect(other.getByText("Welcome to the lab.")).toBeVisible();
  return other;
}

test("somebody is invited, joins, and a change of role takes effect in an open page", async ({
  page,
  site,
}) => {
  await signIn(page, site, researcher);
  const other = await newcomer(page, site);
  await other.getByRole("link", { name: "Edit" }).click();
  await expect(other.getByRole("heading", { name: "Edit the lab" })).toBeVisible();
  await expectAccessible(other);

  await openLab(page, site);
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByLabel("Role of Nora New").selectOption("member");
  await page.getByRole("button", { name: "Set the role of Nora New" }).click();
  await expect(page.getByText("The role is set, and the person has been told.")).toBeVisible();
  // The form is still open in the other browser.
  await other.getByLabel("Name", { exact: true }).fill("Taken over");
  await other.getByRole("button", { name: "Save" }).click();
  await expect(
    other.getByRole("heading", { name: "You don't have access to this page" }),
  ).toBeVisible();
  await openLab(page, site);

  // To a study, and out of the lab again.
  await page.goto(`${site.origin}/exp/studies`);
  await page.getByRole("link", { name: "The snack machine puzzle", exact: true }).click();
  await page.getByRole("link", { name: "People" }).click();
  await expectAccessible(page);
  await page.getByLabel("From the lab").selectOption({ label: "Nora New (new@example.org)" });
  await page.locator("#add-role").selectOption("analysis");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("The person is added, and has been told.")).toBeVisible();
  await other.goto(`${site.origin}/exp/studies`);
  await other.getByRole("link", { name: "The snack machine puzzle", exact: true }).click();
  await expect(other.getByRole("link", { name: /Responses/ })).toBeVisible();
  await page.goto(`${site.origin}/exp/studies`);
  await page.getByRole("link", { name: "The snack machine puzzle", exact: true }).click();
  await page.getByRole("link", { name: "Audit" }).click();
  await expect(page.getByText("study role set").first()).toBeVisible();
  await expectAccessible(page);
  await openLab(page, site);
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("button", { name: "Remove Nora New" }).click();
  await expect(page.getByText("The person is no longer in the lab and its studies.")).toBeVisible();
  await other.reload();
  await expect(other.getByRole("heading", { name: "We can't find this page" })).toBeVisible();
});

test("a lab is made, approved by staff, and shows itself to families", async ({ page, site }) => {
  await signIn(page, site, researcher);
  await page.goto(`${site.origin}/exp/labs`);
  await expectAccessible(page);
  await page.getByRole("link", { name: "Create a lab" }).click();
  await page.getByRole("button", { name: "Create lab" }).click();
  await expect(page.getByRole("alert")).toContainText("Please check the following");
  await expectAccessible(page);
  await page.getByLabel("Name", { exact: true }).fill("Moon Lab");
  await page.getByLabel("Last part of the web address for families").fill("moon");
  await page.getByLabel("Principal investigator").fill("Mika Moon");
  await page.getByLabel("Email address for families").fill("moon@example.org");
  await page.getByLabel("Telephone").fill("+1 555 0100");
  await page.getByLabel("What parents should know").fill("We look at the moon.");
  await page.getByLabel("Whom families can ask").fill("The board of Example University.");
  await page.getByRole("button", { name: "Create lab" }).click();
  await expect(page.getByText("Your lab is created.")).toBeVisible();
  await expectAccessible(page);
  const address = addressOf(page);

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Choose a badge").setInputFiles(pixel);
  await page
    .locator("form", { has: page.getByLabel("Choose a badge") })
    .getByRole("button", { name: "Upload" })
    .click();
  await expect(page.getByText("The picture is saved.")).toBeVisible();
  await expectAccessible(page);

  const desk = await anotherPage(page);
  await signIn(desk, site, staff);
  await desk.goto(`${site.origin}/exp/labs?set=unapproved`);
  await expectAccessible(desk);
  await desk.getByRole("link", { name: "Moon Lab" }).click();
  await desk.getByRole("button", { name: "Approve this lab" }).click();
  await expect(desk.getByText("The lab is approved, and its admins have been told.")).toBeVisible();
  expect(await linkInEmail(page, site, researcher.email, "Moon Lab is approved")).toBe(address);
  await page.goto(`${site.origin}/studies/moon`);
  await expect(page.getByRole("heading", { name: "Moon Lab" })).toBeVisible();
  await expectAccessible(page);
  await page.goto(`${site.origin}/exp/participants`);
  await expect(page.getByText("No families yet.")).toBeVisible();
  await expectAccessible(page);
});
