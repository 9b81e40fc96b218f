import { readFileSync } from "node:fs";
import {
  anotherPage,
  expect,
  expectAccessible,
  forward,
  family,
  leaveByExitSurvey,
  next,
  researcher,
  signIn,
  startStudy,
  test,
} from "./site";
import type { Page } from "@playwright/test";
import type { Site } from "./site";

const STORY = "The cat who wanted the moon";

/** All responses of a study, as the lab downloads them. */
async function download(page: Page, site: Site, name: string) {
  const lab = await anotherPage(page);
  await signIn(lab, site, researcher);
  await lab.goto(`${site.origin}/exp/studies`);
  await lab.getByRole("link", { name, exact: true }).click();
  await lab.getByRole("link", { name: /Responses/ }).click();
  const [file] = await Promise.all([
    lab.waitForEvent("download"),
    lab.getByRole("link", { name: "Download all as JSON" }).click(),
  ]);
  const text = readFileSync(await file.path(), "utf8");
  await lab.close();
  return JSON.parse(text) as Array<{
    response: Record<string, any>;
    exp_data: Record<string, any>;
  }>;
}

test.beforeEach(async ({ page, site }) => {
  page.on("dialog", (dialog) => dialog.accept());
  await signIn(page, site, family);
});

test("a family takes part, sees it under past studies, and the lab sees every frame", async ({
  page,
  site,
}) => {
  await startStudy(page, site, STORY);
  await expectAccessible(page);
  for (let pages = 0; pages < 4; pages += 1) {
    await next(page);
    await expectAccessible(page);
  }
  await next(page);
  await expect(page.getByText("Please answer this question.")).toBeVisible();
  await expect(page.getByRole("radio", { name: "In the sky" })).toBeFocused();
  await expectAccessible(page);
  await page.getByRole("radio", { name: "In the puddle" }).check();
  await expect(page.getByText("Please answer this question.")).toBeHidden();
  await page.getByLabel("What did your child say").fill("Da unten!");
  await next(page);
  await next(page);
  await expect(page.getByText("Please choose one.").first()).toBeVisible();
  await expectAccessible(page);
  await leaveByExitSurvey(page, site);
  await expect(page.getByText("Thank you for taking part!")).toBeVisible();
  await expect(page.getByRole("heading", { name: STORY })).toBeVisible();
  await expectAccessible(page);

  const lab = await anotherPage(page);
  await signIn(lab, site, researcher);
  await lab.getByRole("link", { name: `1 responses to ${STORY}` }).click();
  await expectAccessible(lab);
  await lab.getByRole("row").nth(1).getByRole("link").first().click();
  await expect(lab.locator(".frame-list > li")).toHaveCount(6);
  await expect(lab.getByText("Da unten!").first()).toBeVisible();
  await expectAccessible(lab);
  await lab.close();

  const [record] = await download(page, site, STORY);
  expect(record.response.completed).toBe(true);
  expect(record.response.sequence).toEqual([
    "0-before",
    "1-page-one",
    "2-page-two",
    "3-helper",
    "4-question",
    "5-bye",
  ]);
  expect(record.response.conditions[0].frameName).toBe("3-helpers");
  expect([0, 1]).toContain(record.response.conditions[0].conditionNum);
  const question = record.exp_data["4-question"];
  expect(Object.keys(question)).toEqual([
    "formSchema",
    "formData",
    "generatedProperties",
    "eventTimings",
    "frameType",
    "frameDuration",
  ]);
  expect(question.formData).toEqual({ where: "puddle", words: "Da unten!" });
  expect(question.eventTimings.map((event: any) => event.eventType)).toEqual([
    "exp-lookit-survey:nextFrame",
  ]);
  expect(record.exp_data["1-page-one"].frameType).toBe("DEFAULT");
  expect(record.exp_data["1-page-one"].frameDuration).toBeGreaterThan(0);
  expect(record.exp_data["5-bye"]).toMatchObject({
    databraryShare: "no",
    useOfMedia: "private",
    frameType: "EXIT",
  });
  expect(record.exp_data["5-bye"].birthDate).toBeUndefined();
});

test("going back keeps both showings, and answers are filled in again", async ({ page, site }) => {
  await startStudy(page, site, "The snack machine puzzle");
  for (let pages = 0; pages < 3; pages += 1) await next(page);
  await page.getByRole("radio", { name: "Nothing" }).check();
  await next(page);
  await expect(page.getByRole("heading", { name: "Before you go" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Before you go" })).toBeVisible();
  await leaveByExitSurvey(page, site);

  await startStudy(page, site, "Animals, real and invented");
  await next(page);
  await page.getByRole("radio", { name: "Yes" }).check();
  await page.getByRole("checkbox", { name: "Fish" }).check();
  await page.getByLabel("How many animals").fill("1a2");
  await expect(page.getByLabel("How many animals")).toHaveValue("12");
  await page.getByRole("radio", { name: "Often" }).check();
  await next(page);
  await page.locator("#prevbutton").click();
  await expect(page.getByRole("radio", { name: "Yes" })).toBeChecked();
  await expect(page.getByRole("checkbox", { name: "Fish" })).toBeChecked();
  await page.getByRole("radio", { name: "No", exact: true }).check();
  await expect(page.getByRole("checkbox", { name: "Fish" })).toBeHidden();
  await next(page);
  await page.getByLabel("My child has invented an animal").check();
  await page.getByLabel("What is it called?").fill("Gloop");
  await page.getByLabel("Since when").fill("2026-03-04");
  await next(page);
  await leaveByExitSurvey(page, site);
  const [record] = await download(page, site, "Animals, real and invented");
  expect(record.response.sequence).toEqual([
    "0-welcome",
    "1-animals",
    "2-made-up",
    "1-animals-repeat-1",
    "2-made-up-repeat-1",
    "3-bye",
  ]);
  expect(record.exp_data["1-animals"].formData).toEqual({
    lives_with: "yes",
    which: ["fish"],
    how_many: 12,
    asks: "often",
  });
  expect(record.exp_data["2-made-up"].formData).toBeUndefined();
  expect(record.exp_data["1-animals-repeat-1"].formData).toEqual({
    lives_with: "no",
    asks: "often",
  });
  expect(record.exp_data["2-made-up-repeat-1"].formData).toEqual({
    has_one: true,
    name: "Gloop",
    since: "03/04/2026",
  });
});

test("stopping early asks, and leads to the last page", async ({ page, site }) => {
  await startStudy(page, site, STORY);
  await next(page);
  await page.keyboard.press("F1");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page);
  await page.locator("#confirmationContinueStudy").click();
  await page.keyboard.press("Control+x");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator("#confirmationExitStudy").click();
  await leaveByExitSurvey(page, site);
  const [record] = await download(page, site, STORY);
  expect(record.response.sequence).toEqual(["0-before", "5-bye"]);
  expect(record.response.global_event_timings).toMatchObject([
    { eventType: "exitEarly", exitType: "manualInterrupt", lastPageSeen: 2 },
  ]);
});

test("closing the window is noted", async ({ page, site }) => {
  await startStudy(page, site, STORY);
  await next(page);
  await expect(page.locator("#saving")).toHaveText(/Saved/);
  await page.goto(`${site.origin}/studies`);
  await expect
    .poll(async () => (await download(page, site, STORY))[0].response.global_event_timings)
    .toMatchObject([{ exitType: "browserNavigationAttempt", lastPageSeen: 1 }]);
});

test("keyboard alone is enough", async ({ page, site }) => {
  await startStudy(page, site, "The snack machine puzzle");
  for (let pages = 0; pages < 3; pages += 1) {
    await page.locator("#nextbutton").focus();
    await page.keyboard.press("Enter");
  }
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await expect(page.getByRole("radio", { name: "An apple", exact: true })).toBeChecked();
  // Previous, then Next.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Before you go" })).toBeVisible();
});

test.describe("never lose a trial", () => {
  test("the server is killed in the middle, the tab is reloaded, and everything arrives once", async ({
    page,
    site,
  }) => {
    await startStudy(page, site, STORY);
    await next(page);
    await expect(page.locator("#saving")).toHaveText(/Saved/);
    await site.kill();
    await next(page);
    await next(page);
    await expect(page.locator("#saving")).toContainText("kept on this computer");
    await site.start();
    // The page that was loaded goes on by itself.
    await expect(page.locator("#saving")).toHaveText(/Saved/, { timeout: 20_000 });
    await page.reload();
    await expect(page.getByText(/said the (owl|frog)/)).toBeVisible();
    await next(page);
    await page.getByRole("radio", { name: "In the puddle" }).check();
    await next(page);
    await leaveByExitSurvey(page, site);
    const [record] = await download(page, site, STORY);
    expect(record.response.sequence).toEqual([
      "0-before",
      "1-page-one",
      "2-page-two",
      "3-helper",
      "4-question",
      "5-bye",
    ]);
  });

  test("a tab that dies while offline goes on where it was, with what it had kept", async ({
    page,
    site,
  }) => {
    await startStudy(page, site, STORY);
    await next(page);
    await expect(page.locator("#saving")).toHaveText(/Saved/);
    const address = page.url();
    await page.route("**/entries", (route) => route.abort());
    await next(page);
    await next(page);
    await expect(page.locator("#saving")).toContainText("kept on this computer");
    // The tab goes, its memory with it; what is left is in the browser's database.
    const again = await page.context().newPage();
    await page.close({ runBeforeUnload: false });
    await again.goto(address);
    await expect(again.getByText(/said the (owl|frog)/)).toBeVisible();
    await expect(again.locator("#saving")).toHaveText(/Saved/);
    const [record] = await download(again, site, STORY);
    expect(record.response.sequence).toEqual(["0-before", "1-page-one", "2-page-two"]);
  });

  test("offline at the end, the last page waits and says why", async ({ page, site }) => {
    await startStudy(page, site, "The snack machine puzzle");
    for (let pages = 0; pages < 3; pages += 1) await next(page);
    await page.getByRole("radio", { name: "Nothing" }).check();
    await next(page);
    await page.getByLabel("Your child’s birthday").fill("2022-06-24");
    await page.getByLabel("No, leave it out").check();
    await page.getByLabel("Only the researchers of this study").check();
    await expect(page.locator("#saving")).toHaveText(/Saved/);
    await page.context().setOffline(true);
    await next(page);
    await next(page);
    await expect(page.getByText("The connection is gone")).toBeVisible({ timeout: 20_000 });
    await expectAccessible(page);
    await page.context().setOffline(false);
    await expect(page).toHaveURL(/studies\/history/, { timeout: 20_000 });
    expect((await download(page, site, "The snack machine puzzle"))[0].response.completed).toBe(
      true,
    );
  });

  test("answers that are lost on the way are sent again and kept once", async ({ page, site }) => {
    await startStudy(page, site, STORY);
    let dropped = 0;
    // The server stores the entries, but the browser never hears of it.
    await page.route("**/entries", async (route) => {
      if (dropped < 2) {
        dropped += 1;
        expect((await forward(site, route.request())).status).toBe(200);
        await route.abort();
      } else {
        await route.continue();
      }
    });
    await next(page);
    await expect(page.locator("#saving")).toHaveText(/Saved/, { timeout: 20_000 });
    expect(dropped).toBe(2);
    const lab = await anotherPage(page);
    await signIn(lab, site, researcher);
    await lab.getByRole("link", { name: `1 responses to ${STORY}` }).click();
    await expect(lab.getByRole("row").nth(1).getByRole("cell").nth(3)).toHaveText("1");
    await lab.close();
  });

  test("a second tab is told to wait, and a later start goes on", async ({ page, site }) => {
    await startStudy(page, site, STORY);
    await next(page);
    const second = await page.context().newPage();
    await second.goto(page.url());
    await expect(
      second.getByRole("heading", { name: "This study is open in another tab" }),
    ).toBeVisible();
    await second.close();
    await expect(page.locator("#saving")).toHaveText(/Saved/);
    await page.goto(`${site.origin}/studies`);
    await page.getByRole("link", { name: STORY }).click();
    await expect(page.getByText("can go on where you stopped")).toBeVisible();
    await page.getByRole("button", { name: "Take part" }).click();
    await expect(page.getByText("Every night, Mika the cat looked at the moon.")).toBeVisible();
    expect((await download(page, site, STORY)).length).toBe(1);
  });
});

/** Lets a page see its run's document with a change. */
async function changeDocument(page: Page, site: Site, change: (document: any) => void) {
  await page.route("**/document", async (route) => {
    const { body } = await forward(site, route.request());
    const document = JSON.parse(body);
    change(document);
    await route.fulfill({ json: document });
  });
}

test("a preview names what is missing and goes on", async ({ page, site }) => {
  const lab = await anotherPage(page);
  await signIn(lab, site, researcher);
  await changeDocument(lab, site, ({ study }) => {
    study.structure.frames.film = { kind: "exp-lookit-video", video: "x" };
    study.structure.frames.slip = { kind: "exp-lookit-txet" };
    study.structure.sequence = ["film", "slip", "bye"];
  });
  await lab.getByRole("link", { name: "The snack machine puzzle", exact: true }).click();
  await lab.getByRole("button", { name: "Full preview" }).click();
  await expect(
    lab.getByText(
      "0-film has the kind exp-lookit-video, which is a kind that this player can’t show yet",
    ),
  ).toBeVisible();
  await expectAccessible(lab);
  await next(lab);
  await expect(lab.getByText("exp-lookit-txet, which is no kind of frame")).toBeVisible();
  await next(lab);
  await expect(lab.getByRole("heading", { name: "Before you go" })).toBeVisible();
  await lab.close();
});

test("a preview of a broken protocol shows where it is broken", async ({ page, site }) => {
  const lab = await anotherPage(page);
  await signIn(lab, site, researcher);
  await changeDocument(lab, site, ({ study }) => {
    study.structure.frames.hello.kind = "text";
  });
  await lab.getByRole("link", { name: "The snack machine puzzle", exact: true }).click();
  await lab.getByRole("button", { name: "Full preview" }).click();
  await expect(lab.getByText("frames.hello.kind")).toBeVisible();
  await lab.close();
});

test("a sound that must be played holds the page back until it has ended", async ({
  page,
  site,
}) => {
  await changeDocument(page, site, ({ study }) => {
    study.structure.frames.ready = {
      kind: "exp-lookit-instructions",
      showPreviousButton: false,
      nextButtonText: "On",
      showWebcam: true,
      blocks: [
        {
          title: "Sound",
          mediaBlock: {
            text: "A bell.",
            sources: [{ src: "/demo/none.mp3", type: "audio/mp3" }],
            mustPlay: true,
            warningText: "Please play the bell.",
          },
        },
      ],
    };
    study.structure.sequence = ["ready", "bye"];
  });
  await startStudy(page, site, "The snack machine puzzle");
  await expect(page.getByText("This is how the camera sees you.")).toBeVisible();
  await page.getByRole("button", { name: "On" }).click();
  await expect(page.getByText("* Please play the bell.")).toBeVisible();
  await expectAccessible(page);
  await page.locator("audio").dispatchEvent("ended");
  await page.getByRole("button", { name: "On" }).click();
  await expect(page.getByRole("heading", { name: "Before you go" })).toBeVisible();
});

test("withdrawing asks once more, and can be taken back", async ({ page, site }) => {
  await changeDocument(page, site, ({ study }) => {
    study.structure.sequence = ["hello", "bye"];
  });
  await startStudy(page, site, "The snack machine puzzle");
  await next(page);
  await page.getByLabel("Your child’s birthday").fill("2022-06-24");
  await page.getByLabel("Delete the recordings").check();
  await expect(page.getByLabel("No, leave it out")).toBeDisabled();
  await next(page);
  await page.getByRole("button", { name: "Keep them" }).click();
  await expect(page.getByLabel("Delete the recordings")).not.toBeChecked();
  await expect(page.getByLabel("No, leave it out")).toBeEnabled();
  await page.getByLabel("Delete the recordings").check();
  await next(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Exit" }).click();
  await expect(page).toHaveURL(/studies\/history/);
  const [record] = await download(page, site, "The snack machine puzzle");
  expect(record.response.withdrawn).toBe(true);
  expect(record.exp_data["1-bye"].useOfMedia).toBeUndefined();
});

test("a full preview is kept apart from what families answer", async ({ page, site }) => {
  const lab = await anotherPage(page);
  await signIn(lab, site, researcher);
  await lab.getByRole("link", { name: "The snack machine puzzle", exact: true }).click();
  await lab.getByRole("button", { name: "Full preview" }).click();
  await expect(lab.getByText("Preview: kept apart from families’ answers")).toBeVisible();
  for (let pages = 0; pages < 3; pages += 1) await next(lab);
  await lab.getByRole("radio", { name: "Nothing" }).check();
  await next(lab);
  await lab.getByLabel("Your child’s birthday").fill("2022-06-24");
  await lab.getByLabel("No, leave it out").check();
  await lab.getByLabel("Only the researchers of this study").check();
  await next(lab);
  await next(lab);
  await expect(lab.getByText("End of the preview")).toBeVisible();
  await expect(lab.locator(".player-data")).toContainText('"both": "nothing"');
  await expectAccessible(lab);
  await lab.getByRole("link", { name: "Back to the study" }).click();
  await expect(lab.getByRole("link", { name: /Responses \(0\)/ })).toBeVisible();
  await expect(lab.getByRole("link", { name: /Previews \(1\)/ })).toBeVisible();
  await lab.getByText("Delete preview data (1)").click();
  await lab.getByRole("button", { name: "Delete 1 preview" }).click();
  await expect(lab.getByText("The previews are deleted.")).toBeVisible();
  await expect(lab.getByRole("link", { name: /Previews/ })).toHaveCount(0);
  await lab.close();
});
