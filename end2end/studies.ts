// What researchers do with studies in several journeys.
import { expectAccessible } from "./accessible";
import { researcher, signIn } from "./people";
import { pixel } from "./pictures";
import { addressOf, expect, hasScripts, type Page, type Site } from "./site";

/** Makes a study of a kind in the demo lab, and returns its address. */
export async function makeStudy(page: Page, site: Site, name: string, kind: string) {
  await signIn(page, site, researcher);
  await page.goto(`${site.origin}/exp/studies`);
  await page.getByRole("link", { name: "New study" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page
    .getByLabel("Lab", { exact: true })
    .selectOption({ label: "Demo Lab for Small Questions" });
  await page.getByLabel(kind).check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Create study" }).click();
  await expect(page.getByText("The study is created.")).toBeVisible();
  return addressOf(page);
}

/** Fills in all that families read of a study before they take part. */
export async function describeStudy(page: Page, url: string) {
  await page.goto(`${url}/edit`);
  await page.getByLabel("Summary on the card").fill("A story about a hedgehog.");
  await page.getByLabel("What happens in the study").fill("Your child hears a story.");
  await page.getByLabel("Why you are doing it").fill("We study stories.");
  await page.getByLabel("How long it takes").fill("3 minutes");
  await page.getByLabel("Who can take part, in words").fill("Children from two to six.");
  await page.getByLabel("What the picture shows").fill("A hedgehog");
  await page.getByRole("group", { name: "To" }).getByLabel("Years").selectOption("6");
  await page.getByRole("group", { name: "From" }).getByLabel("Years").selectOption("2");
  await page.getByLabel("Families find it in the list").check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.getByLabel("Square picture").setInputFiles(pixel);
  await page.getByRole("button", { name: "Save picture" }).click();
  await expect(page.getByText("The picture is saved.")).toBeVisible();
}

/** Opens a study's design, and waits until what is written there is heard. */
export async function openDesign(page: Page, study: string) {
  await page.goto(`${study}/design`);
  if (hasScripts()) await expect(page.locator(".cm-editor").first()).toBeVisible();
}

/** Replaces the text of a code field, whichever way it is shown. */
export async function writeCode(page: Page, field: string, text: string) {
  if (!hasScripts()) {
    await page.locator(`#${field}`).fill(text);
    return;
  }
  await page.locator(`#${field}-editor`).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
  await expect(page.locator(`#${field}`)).toHaveValue(text);
}
