// The design page with scripts: the editor, the preview at once, drafts, jsPsych and generators.
import { readFileSync } from "node:fs";
import { expectAccessible } from "./accessible";
import { expect, type Page, type Site, test } from "./site";
import { makeStudy, openDesign, writeCode } from "./studies";

/** Makes a study and opens its design. Returns the study's address. */
async function make(page: Page, site: Site, name: string, kind: string) {
  const study = await makeStudy(page, site, name, kind);
  await openDesign(page, study);
  return study;
}

/** A protocol of one frame with a text. */
const saying = (text: string) =>
  JSON.stringify({
    frames: { a: { kind: "exp-lookit-text", blocks: [{ text }] } },
    sequence: ["a"],
  });

/** Something that happens once, and can be waited for. */
function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

const pane = (page: Page) => page.frameLocator("#pane iframe");

test("a protocol is seen at once, with its outline and its problems", async ({ page, site }) => {
  await make(page, site, "At once", "Frame player");
  await writeCode(
    page,
    "structure",
    JSON.stringify(
      {
        frames: {
          one: { kind: "exp-lookit-text", blocks: [{ text: "First page" }] },
          two: { kind: "exp-lookit-txt", blocks: [{ text: "Second page" }] },
        },
        sequence: ["one", "two"],
      },
      null,
      2,
    ),
  );
  await expect(pane(page).getByText("First page")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Problems" })).toBeVisible();
  await expect(page.locator(".problem-list")).toContainText("There is no kind");
  await expect(page.locator(".cm-lintRange-warning").first()).toBeVisible();
  await page.locator("#outline").getByRole("button", { name: /^two/ }).click();
  await expect(page.locator("#structure-editor")).toBeFocused();
  await expect(page.locator("#pane-from")).toHaveValue("frames.two");
  await page.getByLabel("From", { exact: true }).selectOption({ label: "The beginning" });
  await pane(page).locator("#nextbutton").click();
  await expect(page.locator(".pane-data")).toContainText("0-one");
  await expectAccessible(page);
  // What is broken says where, and stays.
  await writeCode(page, "structure", '{ "frames": { "one": 1 }, "sequence": [,] }');
  await expect(page.locator(".problem-list")).toContainText("line 1");
  await expect(pane(page).getByText("This study can’t be shown")).toBeVisible();
});

test("what is typed while the preview loads is shown", async ({ page, site }) => {
  await make(page, site, "Overtaken", "Frame player");
  await expect(page.locator("#pane")).toHaveAttribute("data-took", /\d/);
  const overtaken = signal();
  const answered = signal();
  // The first loading's document comes when the second has begun, and before its page does.
  await page.route(
    "**/pane?age_days=*",
    async (route) => {
      await overtaken.given;
      await route.fulfill({ response: await route.fetch() });
      answered.give();
    },
    { times: 1 },
  );
  const asked = page.waitForRequest("**/pane?age_days=*");
  await writeCode(page, "structure", saying("The first text"));
  await asked;
  await page.route("**/pane?turn=*", async (route) => {
    overtaken.give();
    await answered.given;
    await route.continue();
  });
  await writeCode(page, "structure", saying("The second text"));
  await expect(pane(page).getByText("The second text")).toBeVisible();
  // However often the preview was loaded, one step back leads out of the page.
  await expect(page.getByText(/Draft kept at/)).toBeVisible();
  await page.goBack();
  await expect(page).not.toHaveURL(/\/design/);
});

test("kinds and their members are completed and explained", async ({ page, site }) => {
  await make(page, site, "Completed", "Frame player");
  await writeCode(page, "structure", '{ "frames": { "a": { "kind": "exp-lookit-survey", "');
  await page.keyboard.press("Control+Space");
  await expect(page.getByRole("option", { name: /^formSchema/ })).toBeVisible();
  await expect(page.getByRole("option", { name: /^debriefing/ })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await writeCode(
    page,
    "structure",
    '{ "frames": { "a": { "kind": "exp-lookit-text" } }, "sequence": ["a"] }',
  );
  await page
    .locator(".cm-line", { hasText: "exp-lookit-text" })
    .getByText('"exp-lookit-text"')
    .hover();
  await expect(page.locator(".doc-tip")).toContainText("blocks: what is shown");
  await page.getByRole("button", { name: "Format" }).click();
  await expect(page.locator("#structure")).toHaveValue(
    JSON.stringify({ frames: { a: { kind: "exp-lookit-text" } }, sequence: ["a"] }, null, 4),
  );
  // The preview never takes the cursor out of the text.
  const turn = await page.locator("#pane").getAttribute("data-turn");
  await page.locator("#structure-editor").click();
  await page.keyboard.press("ControlOrMeta+End");
  await page.evaluate(() => {
    window.addEventListener("blur", () => document.body.setAttribute("data-lost", ""));
  });
  await page.keyboard.type(" ");
  await expect(page.locator("#pane")).not.toHaveAttribute("data-turn", turn ?? "");
  await expect(page.locator("#pane")).toHaveAttribute("data-took", /\d/);
  await expect(pane(page).locator("#nextbutton")).toBeVisible();
  await expect(page.locator("body:not([data-lost]) #structure-editor")).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(page.locator("#structure-editor")).not.toBeFocused();
});

test("what is typed survives a closed tab", async ({ page, site }) => {
  const url = await make(page, site, "Kept", "jsPsych");
  await writeCode(page, "experiment", "// a thought that is not finished");
  await expect(page.getByText(/Draft kept at/)).toBeVisible();
  await page.goto("about:blank");
  await page.goto(`${url}/design`);
  await expect(page.getByText(/This is your draft/)).toBeVisible();
  await expect(page.locator("#experiment")).toHaveValue("// a thought that is not finished");
  await page.getByRole("button", { name: "Discard draft" }).click();
  await expect(page.getByText("The draft is discarded.")).toBeVisible();
  await expect(page.locator("#experiment")).toHaveValue("");
});

const EXPERIMENT = `\
var jsPsych = initJsPsych({ on_finish: function () { window.finished = true; } });
var timeline = [];
timeline.push({
  type: jsPsychHtmlButtonResponse,
  stimulus: "<p>Which one is larger?</p>",
  choices: ["The cat", "The owl"]
});
timeline.push({
  type: jsPsychSurveyText,
  questions: [{ prompt: "What is the owl called?", name: "owl", required: true }]
});
timeline.push({
  type: jsPsychHtmlKeyboardResponse,
  stimulus: "<p>Press the space bar.</p>",
  choices: [" "],
  data: { part: "end" }
});
jsPsych.run(timeline);
`;

test("a jsPsych experiment with three plugins runs unchanged and every trial is kept", async ({
  page,
  site,
}) => {
  const url = await make(page, site, "Owls", "jsPsych");
  await page.getByLabel("Plugins").fill("keyboard html");
  await expect(page.getByRole("link", { name: "jsPsychHtmlKeyboardResponse" })).toHaveAttribute(
    "href",
    /jspsych\.org/,
  );
  await writeCode(page, "experiment", EXPERIMENT);
  await expect(pane(page).getByRole("button", { name: "The owl" })).toBeVisible();
  await pane(page).getByRole("button", { name: "The owl" }).click();
  await expect(page.locator(".pane-data")).toContainText("0-html-button-response");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.goto(url);
  await page.getByRole("button", { name: "Full preview" }).click();
  await page.waitForURL(/run\.localhost/);
  await page.getByRole("button", { name: "The owl" }).click();
  // A reload begins the experiment anew and loses nothing.
  await expect(page.getByText("What is the owl called?")).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "The cat" }).click();
  await page.getByRole("textbox").fill("Ada");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("Press the space bar.")).toBeVisible();
  await page.keyboard.press("Space");
  await expect(page.getByText("This is the end of the preview.")).toBeVisible();
  await page.getByRole("link", { name: "Back to the study" }).click();
  await page.getByRole("link", { name: "Previews (1)" }).click();
  await page.getByRole("row").nth(1).getByRole("link").first().click();
  await expectOwls(page);
});

/** What the lab sees of the experiment, of which one trial was repeated after a reload. */
async function expectOwls(page: Page) {
  for (const id of [
    "0-html-button-response",
    "0-html-button-response-repeat-1",
    "1-survey-text",
    "2-html-keyboard-response",
  ]) {
    await expect(page.getByRole("heading", { name: id, exact: true })).toBeVisible();
  }
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as JSON" }).click();
  const file = await (await downloading).path();
  const raw = JSON.parse(readFileSync(file, "utf8"));
  const trials: Record<string, unknown>[] = raw.exp_data;
  expect(trials.map((trial) => trial.trial_type)).toEqual([
    "html-button-response",
    "html-button-response",
    "survey-text",
    "html-keyboard-response",
  ]);
  expect(trials[2]?.response).toEqual({ owl: "Ada" });
  expect(trials[3]?.part).toBe("end");
  expect([raw.completed, raw.recording_method]).toEqual([true, "jspsych"]);
}

const GENERATOR = `// A comment in front.
function generateProtocol(child, pastSessions) {
  const name = child.get("givenName");
  const text = "Made for " + name + " after " + pastSessions.length + ": " + Math.random();
  return {
    frames: { made: { kind: "exp-lookit-text", blocks: [{ text }] } },
    sequence: ["made", "made"],
  };
}`;

test("a generator makes the protocol, and a reload makes the same again", async ({
  page,
  site,
}) => {
  const url = await make(page, site, "Made", "Frame player");
  await page.getByLabel("Make the protocol with a generator").check();
  await writeCode(page, "generator", GENERATOR);
  await expect(pane(page).getByText(/Made for undefined after 1: 0\.\d+/)).toBeVisible();
  await page.getByLabel("First name or nickname").check();
  await expect(pane(page).getByText(/Made for Sam after 1: 0\.\d+/)).toBeVisible();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.goto(url);
  await page.getByRole("button", { name: "Full preview" }).click();
  const text = page.getByText(/Made for Sam/);
  await expect(text).toBeVisible();
  const first = await text.textContent();
  await page.reload();
  await expect(text).toHaveText(first ?? "");
});
