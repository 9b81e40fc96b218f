// No answer is ever lost: to a server that dies, a tab that dies, a connection that breaks.
import { expectAccessible } from "./accessible";
import { family, researcherPage, signIn } from "./people";
import {
  expectSaved,
  fillExitSurvey,
  leaveByExitSurvey,
  next,
  openResponses,
  PUZZLE,
  responsesTo,
  responseTo,
  STORY,
  startStudy,
} from "./runs";
import { expect, test } from "./site";

test.beforeEach(async ({ page, site }) => {
  page.on("dialog", (dialog) => dialog.accept());
  await signIn(page, site, family);
});

test("the server is killed, the tab is reloaded, and everything arrives once", async ({
  page,
  site,
}) => {
  await startStudy(page, site, STORY);
  await next(page);
  await expectSaved(page);
  await site.kill();
  await next(page, 2);
  await expect(page.locator("#saving")).toContainText("kept on this device");
  await site.start();
  // The page that was loaded goes on by itself.
  await expectSaved(page);
  await page.reload();
  await expect(page.getByText(/said the (owl|frog)/)).toBeVisible();
  await next(page);
  await page.getByRole("radio", { name: "In the puddle" }).check();
  await next(page);
  await leaveByExitSurvey(page, site);
  const record = await responseTo(page, site, STORY);
  const sequence = ["0-before", "1-page-one", "2-page-two", "3-helper", "4-question", "5-bye"];
  expect(record.response.sequence).toEqual(sequence);
});

test("a tab that dies while offline goes on where it was, with what it had kept", async ({
  page,
  site,
}) => {
  await startStudy(page, site, STORY);
  await next(page);
  await expectSaved(page);
  const address = page.url();
  await page.route("**/entries", (route) => route.abort());
  await next(page, 2);
  await expect(page.locator("#saving")).toContainText("kept on this device");
  // The tab goes, its memory with it; what is left is in the browser's database.
  const again = await page.context().newPage();
  await page.close({ runBeforeUnload: false });
  await again.goto(address);
  await expect(again.getByText(/said the (owl|frog)/)).toBeVisible();
  await expectSaved(again);
  const record = await responseTo(again, site, STORY);
  expect(record.response.sequence).toEqual(["0-before", "1-page-one", "2-page-two"]);
});

test("offline at the end, the last page waits and says why", async ({ page, site }) => {
  await startStudy(page, site, PUZZLE);
  await next(page, 3);
  await page.getByRole("radio", { name: "Nothing" }).check();
  await next(page);
  await fillExitSurvey(page);
  await expectSaved(page);
  await page.context().setOffline(true);
  await next(page);
  await next(page);
  await expect(page.getByText("The connection is lost")).toBeVisible({ timeout: 20_000 });
  await expectAccessible(page);
  await page.context().setOffline(false);
  await expect(page).toHaveURL(/studies\/history/, { timeout: 20_000 });
  const record = await responseTo(page, site, PUZZLE);
  expect(record.response.completed).toBe(true);
});

test("answers that are lost on the way are sent again and kept once", async ({ page, site }) => {
  await startStudy(page, site, STORY);
  let dropped = 0;
  // The server stores the entries, but the browser never hears of it.
  await page.route("**/entries", async (route) => {
    if (dropped < 2) {
      dropped += 1;
      expect((await site.forward(route.request())).status).toBe(200);
      await route.abort();
    } else {
      await route.continue();
    }
  });
  await next(page);
  await expect.poll(() => dropped, { timeout: 20_000 }).toBe(2);
  await expectSaved(page);
  const lab = await researcherPage(page, site);
  await openResponses(lab, STORY);
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
  await expectSaved(page);
  await page.goto(`${site.origin}/studies`);
  await page.getByRole("link", { name: STORY }).click();
  await expect(page.getByText("can continue where you stopped")).toBeVisible();
  await page.getByRole("button", { name: "Take part" }).click();
  await expect(page.getByText("Every night, Mika the cat looked at the moon.")).toBeVisible();
  expect(await responsesTo(page, site, STORY)).toHaveLength(1);
});

test("what a page could not send goes out when any study is opened again", async ({
  page,
  site,
}) => {
  await startStudy(page, site, STORY);
  await next(page);
  await expectSaved(page);
  await page.route("**/entries", (route) => route.abort());
  await next(page);
  await expect(page.locator("#saving")).toContainText("kept on this device");
  // The cookie is gone, as it is after a day; what the browser's database has is not.
  await page.context().clearCookies({ name: /lookit_run/ });
  await page.goto(`${site.origin}/studies`);
  await page.unroute("**/entries");
  await startStudy(page, site, PUZZLE);
  await expectSaved(page);
  const record = await responseTo(page, site, STORY);
  expect(record.response.sequence).toEqual(["0-before", "1-page-one"]);
});
