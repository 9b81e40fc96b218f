// A study on another site.
import { createServer } from "node:http";
import { expectAccessible } from "./accessible";
import { family, signIn, staff } from "./people";
import { anotherPage, expect, type Page, type Site, test } from "./site";
import { describeStudy, makeStudy } from "./studies";

/** Opens a site that greets a child and knows the way back. */
async function openElsewhere() {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://127.0.0.1").searchParams;
    const child = (asked.get("child") ?? "").replace(/\W/g, "");
    const back = (asked.get("lookit_return") ?? "")
      .replaceAll("&", "&amp;")
      .replaceAll('"', "&quot;");
    response.setHeader("content-type", "text/html");
    response.end(`<h1>Elsewhere</h1><p id="child">${child}</p><a href="${back}">Done</a>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { address: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** From a finished design to a study that collects. */
async function collect(page: Page, site: Site, study: string) {
  await page.goto(study);
  await page.getByRole("button", { name: "Submit for review" }).click();
  await expect(page.getByRole("heading", { name: "In review", exact: true })).toBeVisible();
  const reviewer = await anotherPage(page);
  await signIn(reviewer, site, staff);
  await reviewer.goto(`${study}/review`);
  await reviewer.getByRole("button", { name: "Approve" }).click();
  await expect(reviewer.getByText("Done.")).toBeVisible();
  await page.goto(study);
  await page.getByRole("button", { name: "Start collecting" }).click();
  await expect(page.getByRole("heading", { name: "Collecting data", exact: true })).toBeVisible();
}

test("a study on another site leads there and back", async ({ page, site }) => {
  const elsewhere = await openElsewhere();
  try {
    const study = await makeStudy(page, site, "The survey next door", "External link");
    await describeStudy(page, study);
    await page.goto(`${study}/design`);
    await expectAccessible(page);
    await page.getByLabel("Address of the study").fill(`${elsewhere.address}/form?kept=1`);
    await page.getByLabel("Whenever they like, on their own").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await collect(page, site, study);

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
    const row = page.getByRole("row", { name: /The survey next door/ });
    await expect(row.getByRole("cell").nth(3)).toHaveText("1");
  } finally {
    elsewhere.close();
  }
});
