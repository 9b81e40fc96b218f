// From the idea to a study that collects, by a researcher and a member of staff; with scripts and without.
import { createServer } from "node:http";
import {
  anotherPage,
  expect,
  expectAccessible,
  family,
  researcher,
  signIn,
  staff,
  test,
} from "./site";
import type { Page } from "@playwright/test";
import type { Site } from "./site";

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

/** A square picture of one pixel a side. */
const picture = {
  name: "cat.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    "base64",
  ),
};

async function make(page: Page, site: Site, name: string, kind: string) {
  await signIn(page, site, researcher);
  await page.goto(`${site.origin}/exp/studies`);
  await page.getByRole("link", { name: "New study" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page
    .getByLabel("Lab", { exact: true })
    .selectOption({ label: "Demo Lab for Small Questions" });
  await page.getByLabel(kind).check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Make the study" }).click();
  await expect(page.getByText("The study is made.")).toBeVisible();
  return page.url().split("?")[0]!;
}

async function describe(page: Page, url: string) {
  await page.goto(`${url}/edit`);
  await page.getByLabel("Summary on the card").fill("A story about a hedgehog.");
  await page.getByLabel("What happens in the study").fill("Your child hears a story.");
  await page.getByLabel("Why you do it").fill("We study stories.");
  await page.getByLabel("How long it takes").fill("3 minutes");
  await page.getByLabel("Who can take part, in words").fill("Children from two to six.");
  await page.getByLabel("What the picture shows").fill("A hedgehog");
  await page.getByRole("group", { name: "To" }).getByLabel("Years").selectOption("6");
  await page.getByRole("group", { name: "From" }).getByLabel("Years").selectOption("2");
  await page.getByLabel("Families find it in the list").check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.getByLabel("Square picture").setInputFiles(picture);
  await page.getByRole("button", { name: "Set the picture" }).click();
  await expect(page.getByText("The picture is set.")).toBeVisible();
}

/** Writes into a code field, whichever way it is shown. */
async function write(page: Page, field: string, text: string) {
  const editor = page.locator(`#${field}-editor`);
  if ((await editor.count()) > 0) {
    await editor.click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(text);
  } else await page.locator(`#${field}`).fill(text);
}

async function design(page: Page, url: string, field: string, text: string, isApproved = false) {
  await page.goto(`${url}/design`);
  await page.waitForLoadState("networkidle");
  await write(page, field, text);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  if (isApproved) {
    await expect(page.getByText("Nothing is saved yet.").first()).toBeVisible();
    await page.getByLabel("I know that it must be submitted again").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
  }
  await expect(page.getByText("Saved.")).toBeVisible();
}

test("an idea becomes a study that collects, with a rejection and a second try", async ({
  page,
  site,
}) => {
  const url = await make(page, site, "The hedgehog's house", "Frame player");
  await expect(page.getByText("Before it can be submitted:")).toBeVisible();
  await expect(page.getByRole("button", { name: "Submit for review" })).toBeDisabled();
  await describe(page, url);
  await design(page, url, "structure", protocol("A hedgehog builds a house."));
  await page.goto(url);
  await expectAccessible(page);
  await page.getByLabel("A visit takes longer than 30 minutes").check();
  await page.getByLabel("If so, please say how").fill("It may, with breaks.");
  await page.getByLabel("For the reviewers").fill("Our first study.");
  await page.getByRole("button", { name: "Submit for review" }).click();
  await expect(page.getByRole("heading", { name: "In review", exact: true })).toBeVisible();

  const reviewer = await anotherPage(page);
  await signIn(reviewer, site, staff);
  await reviewer.goto(`${site.origin}/staff/studies`);
  await expectAccessible(reviewer);
  await reviewer.getByRole("link", { name: "The hedgehog's house" }).click();
  await expect(reviewer.getByText("A visit takes longer than 30 minutes")).toBeVisible();
  await expect(reviewer.getByText("No consent frame was found.")).toBeVisible();
  await expectAccessible(reviewer);
  await reviewer.getByLabel("About", { exact: true }).selectOption("ad");
  await reviewer.getByLabel("Remark", { exact: true }).fill("Who tells the story?");
  await reviewer.getByRole("button", { name: "Leave the remark" }).click();
  await expect(reviewer.getByText("Your remark is there.")).toBeVisible();
  await reviewer.getByRole("button", { name: "Ask for changes" }).click();
  await expect(reviewer.getByText("Please write what should be changed").first()).toBeVisible();
  await reviewer.getByLabel("What should be changed?").fill("Please say who tells the story.");
  await reviewer.getByRole("button", { name: "Ask for changes" }).click();
  await expect(reviewer.getByText("Done.")).toBeVisible();

  await page.goto(url);
  await expect(page.getByRole("heading", { name: "Changes requested", exact: true })).toBeVisible();
  await expect(page.getByText("Please say who tells the story.").first()).toBeVisible();
  await design(page, url, "structure", protocol("A hedgehog builds a house. You tell it."));
  await page.goto(url);
  await page.getByLabel("What did you change?").fill("The parent tells it.");
  await page.getByRole("button", { name: "Submit again" }).click();
  await reviewer.reload();
  await reviewer.goto(`${url}/review`);
  await reviewer.getByRole("button", { name: "Approve" }).click();
  await expect(reviewer.getByText("Done.")).toBeVisible();

  await page.goto(url);
  await expect(page.getByText("Sam Staff").first()).toBeVisible();
  await page.getByRole("button", { name: "Start collecting" }).click();
  await expect(page.getByRole("heading", { name: "Collecting data", exact: true })).toBeVisible();
  const visitor = await anotherPage(page);
  await visitor.goto(`${site.origin}/studies`);
  await expect(visitor.getByRole("link", { name: "The hedgehog's house" })).toBeVisible();

  // An edit that matters says so first; the list of versions leads back.
  await design(page, url, "structure", protocol("A hedgehog sells houses."), true);
  await visitor.reload();
  await expect(visitor.getByRole("link", { name: "The hedgehog's house" })).toHaveCount(0);
  await page.goto(`${url}/versions`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Compare the two" }).click();
  await expect(page.getByRole("cell", { name: /You tell it/ })).toBeVisible();
  await expect(page.getByRole("cell", { name: /sells houses/ })).toBeVisible();
  await expectAccessible(page);
  await page.goBack();
  const approved = page
    .getByRole("row")
    .filter({ has: page.locator(".pill", { hasText: "approved" }) });
  await approved.getByRole("button", { name: /Restore/ }).click();
  await expect(page.getByText("Restored, as a new version.")).toBeVisible();
  await page.goto(`${url}/log`);
  await expect(
    page.getByText("Needs another review, since this was edited: Protocol"),
  ).toBeVisible();
  await expect(page.getByText("Our first study.")).toBeVisible();
});

test("two people who edit the same text hear of each other", async ({ page, site }) => {
  const url = await make(page, site, "Two pens", "jsPsych");
  await page.goto(`${url}/design`);
  await page.waitForLoadState("networkidle");
  const other = await anotherPage(page);
  await signIn(other, site, researcher);
  await design(other, url, "experiment", "// theirs");
  await write(page, "experiment", "// mine");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(/saved version 2 meanwhile/).first()).toBeVisible();
  await expect(page.locator("#experiment")).toHaveValue("// mine");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
});

test("a study on another site leads there and back", async ({ page, site }) => {
  const elsewhere = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://127.0.0.1");
    response.setHeader("content-type", "text/html");
    const back = (asked.searchParams.get("lookit_return") ?? "")
      .replaceAll("&", "&amp;")
      .replaceAll('"', "&quot;");
    response.end(
      `<h1>Elsewhere</h1><p id="child">${(asked.searchParams.get("child") ?? "").replace(/\W/g, "")}</p><a href="${back}">Done</a>`,
    );
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const { port } = elsewhere.address() as { port: number };
  try {
    const url = await make(page, site, "The survey next door", "External link");
    await describe(page, url);
    await page.goto(`${url}/design`);
    await expectAccessible(page);
    await page.getByLabel("Address of the study").fill(`http://127.0.0.1:${port}/form?kept=1`);
    await page.getByLabel("At once, on their own").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await page.goto(url);
    await page.getByRole("button", { name: "Submit for review" }).click();
    const reviewer = await anotherPage(page);
    await signIn(reviewer, site, staff);
    await reviewer.goto(`${url}/review`);
    await reviewer.getByRole("button", { name: "Approve" }).click();
    await page.goto(url);
    await page.getByRole("button", { name: "Start collecting" }).click();
    const parent = await anotherPage(page);
    await signIn(parent, site, family);
    await parent.goto(`${site.origin}/studies`);
    await parent.getByRole("link", { name: "The survey next door" }).click();
    await parent.getByRole("radio", { name: /Robin/ }).check();
    await parent.getByRole("button", { name: "Take part" }).click();
    await expect(parent.getByRole("heading", { name: "Elsewhere" })).toBeVisible();
    await expect(parent.locator("#child")).toHaveText(/^[A-Za-z0-9]{6}$/);
    await parent.getByRole("link", { name: "Done" }).click();
    await expect(parent).toHaveURL(/\/studies\/history/);
    await expect(parent.getByText("The survey next door")).toBeVisible();
    await page.goto(`${site.origin}/exp/studies`);
    await expect(
      page
        .getByRole("row", { name: /The survey next door/ })
        .getByRole("cell")
        .nth(3),
    ).toHaveText("1");
  } finally {
    elsewhere.close();
  }
});
