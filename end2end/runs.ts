// What families do in a run, and what the lab has of it afterwards.
import { readFileSync } from "node:fs";
import { researcherPage } from "./people";
import { expect, type Page, type Site } from "./site";

/** The demo study that asks a question after a story. */
export const STORY = "The cat who wanted the moon";
/** The demo study with a question and an exit survey. */
export const PUZZLE = "The snack machine puzzle";

type Members = Record<string, unknown>;

/** A response as the lab downloads it. */
export interface Downloaded {
  response: {
    completed: boolean;
    withdrawn: boolean;
    sequence: string[];
    conditions: Members[];
    global_event_timings: Members[];
  };
  exp_data: Record<string, Members>;
}

/** The document of a run, as the player gets it. */
export interface RunDocument {
  study: { structure: { frames: Record<string, Members>; sequence: string[] } };
}

/** Opens a demo study as the demo family and starts it with the first child that fits. */
export async function startStudy(page: Page, site: Site, name: string, child = "Robin") {
  await page.goto(`${site.origin}/studies`);
  await page.getByRole("link", { name }).click();
  await page.getByRole("radio", { name: new RegExp(child) }).check();
  await page.getByRole("button", { name: "Take part" }).click();
  await expect(page).toHaveURL(/run\.localhost/);
  await expect(page.locator("#nextbutton")).toBeVisible();
}

export async function next(page: Page, times = 1) {
  for (let time = 0; time < times; time += 1) await page.locator("#nextbutton").click();
}

export const expectSaved = (page: Page) =>
  expect(page.locator("#saving")).toHaveText(/Saved/, { timeout: 20_000 });

/** Answers what the exit survey asks. */
export async function fillExitSurvey(page: Page) {
  await expect(page.getByRole("heading", { name: "Before you go" })).toBeVisible();
  await page.getByLabel("Your child’s birthday").fill("2022-06-24");
  const databrary = page.getByLabel("No, leave it out");
  if (await databrary.isVisible()) await databrary.check();
  await page.getByLabel("Only the researchers of this study").check();
}

/** Fills in the exit survey and leaves the study. */
export async function leaveByExitSurvey(page: Page, site: Site) {
  await fillExitSurvey(page);
  await next(page);
  await expect(page.getByRole("button", { name: "Exit" })).toBeVisible();
  await next(page);
  await expect(page).toHaveURL(new RegExp(`localhost:${site.port}/studies/history`));
}

/** All responses to a study, as the lab downloads them. */
export async function responsesTo(page: Page, site: Site, name: string): Promise<Downloaded[]> {
  const lab = await researcherPage(page, site);
  await lab.goto(`${site.origin}/exp/studies`);
  await lab.getByRole("link", { name, exact: true }).click();
  await lab.getByRole("link", { name: /Responses/ }).click();
  const downloading = lab.waitForEvent("download");
  await lab.getByRole("link", { name: "Download all as JSON" }).click();
  const file = await (await downloading).path();
  const text = readFileSync(file, "utf8");
  await lab.close();
  return JSON.parse(text);
}

/** The latest response to a study. */
export async function responseTo(page: Page, site: Site, name: string): Promise<Downloaded> {
  const [latest] = await responsesTo(page, site, name);
  if (!latest) throw new Error(`${name} has no response`);
  return latest;
}

/** Opens the list of responses to a study that has one. */
export async function openResponses(lab: Page, name: string) {
  await lab.getByRole("link", { name: new RegExp(`^1 response to ${name}$`) }).click();
}

/** Lets a page see its run's document with a change. */
export async function changeDocument(
  page: Page,
  site: Site,
  change: (document: RunDocument) => void,
) {
  await page.route("**/document", async (route) => {
    const { body } = await site.forward(route.request());
    const document: RunDocument = JSON.parse(body);
    change(document);
    await route.fulfill({ json: document });
  });
}
