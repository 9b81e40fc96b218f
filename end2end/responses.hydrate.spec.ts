// Taking part in a study of frames: a run from its first page to what the lab has of it.
import { expectAccessible } from "./accessible";
import { family, researcherPage, signIn } from "./people";
import {
  changeDocument,
  type Downloaded,
  expectSaved,
  leaveByExitSurvey,
  next,
  openResponses,
  PUZZLE,
  responseTo,
  STORY,
  startStudy,
} from "./runs";
import { expect, test } from "./site";

/** What the lab has of a family that answered the story's question. */
function expectWholeStory({ response, exp_data }: Downloaded) {
  expect(response.completed).toBe(true);
  const sequence = ["0-before", "1-page-one", "2-page-two", "3-helper", "4-question", "5-bye"];
  expect(response.sequence).toEqual(sequence);
  expect(response.conditions[0]?.frameName).toBe("3-helpers");
  expect([0, 1]).toContain(response.conditions[0]?.conditionNum);
  const question = exp_data["4-question"] ?? {};
  expect(Object.keys(question)).toEqual([
    "formSchema",
    "formData",
    "generatedProperties",
    "eventTimings",
    "frameType",
    "frameDuration",
  ]);
  expect(question.formData).toEqual({ where: "puddle", words: "Da unten!" });
  const events = question.eventTimings as { eventType: string }[];
  expect(events.map((event) => event.eventType)).toEqual(["exp-lookit-survey:nextFrame"]);
  expect(exp_data["1-page-one"]?.frameType).toBe("DEFAULT");
  expect(exp_data["1-page-one"]?.frameDuration).toBeGreaterThan(0);
  const bye = { databraryShare: "no", useOfMedia: "private", frameType: "EXIT" };
  expect(exp_data["5-bye"]).toMatchObject(bye);
  expect(exp_data["5-bye"]?.birthDate).toBeUndefined();
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

  const lab = await researcherPage(page, site);
  await openResponses(lab, STORY);
  await expectAccessible(lab);
  await lab.getByRole("row").nth(1).getByRole("link").first().click();
  await expect(lab.locator(".frame-list > li")).toHaveCount(6);
  await expect(lab.getByText("Da unten!").first()).toBeVisible();
  await expectAccessible(lab);
  await lab.close();

  expectWholeStory(await responseTo(page, site, STORY));
});

test("going back keeps both showings, and answers are filled in again", async ({ page, site }) => {
  await startStudy(page, site, PUZZLE);
  await next(page, 3);
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
  const record = await responseTo(page, site, "Animals, real and invented");
  expect(record.response.sequence).toEqual([
    "0-welcome",
    "1-animals",
    "2-made-up",
    "1-animals-repeat-1",
    "2-made-up-repeat-1",
    "3-bye",
  ]);
  expect(record.exp_data["1-animals"]?.formData).toEqual({
    lives_with: "yes",
    which: ["fish"],
    how_many: 12,
    asks: "often",
  });
  expect(record.exp_data["2-made-up"]?.formData).toBeUndefined();
  expect(record.exp_data["1-animals-repeat-1"]?.formData).toEqual({
    lives_with: "no",
    asks: "often",
  });
  expect(record.exp_data["2-made-up-repeat-1"]?.formData).toEqual({
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
  const record = await responseTo(page, site, STORY);
  expect(record.response.sequence).toEqual(["0-before", "5-bye"]);
  expect(record.response.global_event_timings).toMatchObject([
    { eventType: "exitEarly", exitType: "manualInterrupt", lastPageSeen: 2 },
  ]);
});

test("closing the window is noted", async ({ page, site }) => {
  await startStudy(page, site, STORY);
  await next(page);
  await expectSaved(page);
  await page.goto(`${site.origin}/studies`);
  const timings = async () => {
    const { response } = await responseTo(page, site, STORY);
    return response.global_event_timings;
  };
  const noted = { exitType: "browserNavigationAttempt", lastPageSeen: 1 };
  await expect.poll(timings).toMatchObject([noted]);
});

test("keyboard alone is enough", async ({ page, site }) => {
  await startStudy(page, site, PUZZLE);
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
  await startStudy(page, site, PUZZLE);
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
  await startStudy(page, site, PUZZLE);
  await next(page);
  await page.getByLabel("Your child’s birthday").fill("2022-06-24");
  await page.getByLabel("Delete our recordings").check();
  await expect(page.getByLabel("No, leave it out")).toBeDisabled();
  await next(page);
  await page.getByRole("button", { name: "Keep them" }).click();
  await expect(page.getByLabel("Delete our recordings")).not.toBeChecked();
  await expect(page.getByLabel("No, leave it out")).toBeEnabled();
  await page.getByLabel("Delete our recordings").check();
  await next(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Exit" }).click();
  await expect(page).toHaveURL(/studies\/history/);
  const record = await responseTo(page, site, PUZZLE);
  expect(record.response.withdrawn).toBe(true);
  expect(record.exp_data["1-bye"]?.useOfMedia).toBeUndefined();
});

test("a double click goes on by one page", async ({ page, site }) => {
  await startStudy(page, site, STORY);
  await page.locator("#nextbutton").dblclick();
  await expect(page.getByText("Every night, Mika the cat looked at the moon.")).toBeVisible();
  await expectSaved(page);
  await page.locator("#nextbutton").dblclick();
  await expectSaved(page);
  const record = await responseTo(page, site, STORY);
  expect(record.response.sequence).toEqual(["0-before", "1-page-one"]);
});
