// From the idea to a study that collects, by a researcher and a member of staff.
import { expectAccessible } from "./accessible";
import { researcher, signIn, staff } from "./people";
import { anotherPage, expect, type Page, type Site, test } from "./site";
import { describeStudy, makeStudy, openDesign, writeCode } from "./studies";

const protocol = (text: string) =>
  JSON.stringify(
    {
      frames: {
        hello: { kind: "exp-lookit-text", blocks: [{ text }] },
        bye: {
          kind: "exp-lookit-exit-survey",
          debriefing: { title: "Thanks", text: "Thank you." },
        },
      },
      sequence: ["hello", "bye"],
    },
    null,
    2,
  );

async function design(page: Page, url: string, field: string, text: string, isApproved = false) {
  await openDesign(page, url);
  await writeCode(page, field, text);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  if (isApproved) {
    await expect(page.getByText("Please check the following:").first()).toBeVisible();
    await page.getByLabel("I understand that it must be submitted again").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
  }
  await expect(page.getByText("Saved.")).toBeVisible();
}

async function submit(page: Page, study: string) {
  await page.goto(study);
  await expectAccessible(page);
  await page.getByLabel("Taking part takes longer than 30 minutes").check();
  await page.getByLabel("If so, please say how").fill("It may, with breaks.");
  await page.getByLabel("For the reviewers").fill("Our first study.");
  await page.getByRole("button", { name: "Submit for review" }).click();
  await expect(page.getByRole("heading", { name: "In review", exact: true })).toBeVisible();
}

/** A reviewer leaves a comment and asks for changes, at first without saying which. */
async function askForChanges(reviewer: Page, site: Site) {
  await reviewer.goto(`${site.origin}/staff/studies`);
  await expectAccessible(reviewer);
  await reviewer.getByRole("link", { name: "The hedgehog's house" }).click();
  await expect(reviewer.getByText("Taking part takes longer than 30 minutes")).toBeVisible();
  await expect(reviewer.getByText("No consent frame was found.")).toBeVisible();
  await expectAccessible(reviewer);
  await reviewer.getByLabel("About", { exact: true }).selectOption("ad");
  await reviewer.getByLabel("Comment", { exact: true }).fill("Who tells the story?");
  await reviewer.getByRole("button", { name: "Add comment" }).click();
  await expect(reviewer.getByText("Your comment is added.")).toBeVisible();
  await reviewer.getByRole("button", { name: "Ask for changes" }).click();
  await expect(reviewer.getByText("Please write what should be changed").first()).toBeVisible();
  await reviewer.getByLabel("What should be changed?").fill("Please say who tells the story.");
  await reviewer.getByRole("button", { name: "Ask for changes" }).click();
  await expect(reviewer.getByText("Done.")).toBeVisible();
}

async function submitAgain(page: Page, study: string) {
  await page.goto(study);
  await expect(page.getByRole("heading", { name: "Changes requested", exact: true })).toBeVisible();
  await expect(page.getByText("Please say who tells the story.").first()).toBeVisible();
  await design(page, study, "structure", protocol("A hedgehog builds a house. You tell it."));
  await page.goto(study);
  await page.getByLabel("What did you change?").fill("The parent tells it.");
  await page.getByRole("button", { name: "Submit again" }).click();
  await expect(page.getByRole("heading", { name: "In review", exact: true })).toBeVisible();
}

async function startCollecting(page: Page, study: string) {
  await page.goto(study);
  await expect(page.getByText("Sam Staff").first()).toBeVisible();
  await page.getByRole("button", { name: "Start collecting" }).click();
  await expect(page.getByRole("heading", { name: "Collecting data", exact: true })).toBeVisible();
}

/** Compares the version that was approved with the latest one, and goes back to it. */
async function restoreApproved(page: Page, study: string) {
  await page.goto(`${study}/versions`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Compare the two" }).click();
  await expect(page.getByRole("cell", { name: /You tell it/ })).toBeVisible();
  await expect(page.getByRole("cell", { name: /sells houses/ })).toBeVisible();
  await expectAccessible(page);
  await page.goBack();
  const mark = page.locator(".pill", { hasText: "approved" });
  const approved = page.getByRole("row").filter({ has: mark });
  await approved.getByRole("button", { name: /Restore/ }).click();
  await expect(page.getByText("Restored as a new version.")).toBeVisible();
}

test("an idea becomes a study that collects, with a rejection and a second try", async ({
  page,
  site,
}) => {
  const study = await makeStudy(page, site, "The hedgehog's house", "Frame player");
  await expect(page.getByText("Before it can be submitted:")).toBeVisible();
  await expect(page.getByRole("button", { name: "Submit for review" })).toBeDisabled();
  await describeStudy(page, study);
  await design(page, study, "structure", protocol("A hedgehog builds a house."));
  await submit(page, study);

  const reviewer = await anotherPage(page);
  await signIn(reviewer, site, staff);
  await askForChanges(reviewer, site);
  await submitAgain(page, study);
  await reviewer.goto(`${study}/review`);
  await reviewer.getByRole("button", { name: "Approve" }).click();
  await expect(reviewer.getByText("Done.")).toBeVisible();

  await startCollecting(page, study);
  const visitor = await anotherPage(page);
  await visitor.goto(`${site.origin}/studies`);
  await expect(visitor.getByRole("link", { name: "The hedgehog's house" })).toBeVisible();

  // An edit that matters says so first; the list of versions leads back.
  await design(page, study, "structure", protocol("A hedgehog sells houses."), true);
  await visitor.reload();
  await expect(visitor.getByRole("link", { name: "The hedgehog's house" })).toHaveCount(0);
  await restoreApproved(page, study);
  await page.goto(`${study}/log`);
  const reason = "Needs another review, since this was edited: Protocol";
  await expect(page.getByText(reason)).toBeVisible();
  await expect(page.getByText("Our first study.")).toBeVisible();
});

test("two people who edit the same text hear of each other", async ({ page, site }) => {
  const url = await makeStudy(page, site, "Two pens", "jsPsych");
  await openDesign(page, url);
  const other = await anotherPage(page);
  await signIn(other, site, researcher);
  await design(other, url, "experiment", "// theirs");
  await writeCode(page, "experiment", "// mine");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(/saved version 2 in the meantime/).first()).toBeVisible();
  await expect(page.locator("#experiment")).toHaveValue("// mine");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
});
