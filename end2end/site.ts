// A site of its own for each worker: the real binary on a free port, with a database that is thrown away.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page, type Request } from "@playwright/test";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "node:http";

export const family = { email: "family@demo.example", password: "otters nap on rivers" };
export const researcher = { email: "researcher@demo.example", password: "lanterns hum past midnight" };

const binary = process.env.LOOKIT_BINARY ?? "";

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export class Site {
  private process?: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), "lookit-e2e-"));
  private constructor(readonly port: number) {}

  static async open(): Promise<Site> {
    const site = new Site(await freePort());
    execFileSync(binary, ["demo"], { env: site.environment(), stdio: "pipe" });
    await site.start();
    return site;
  }

  get origin() {
    return `http://localhost:${this.port}`;
  }

  private environment() {
    return {
      ...process.env,
      LOOKIT_DATABASE_URL: `sqlite://${this.folder}/lookit.db`,
      LOOKIT_SITE_ORIGIN: this.origin,
      LOOKIT_RUN_ORIGIN: `http://run.localhost:${this.port}`,
      LOOKIT_LISTEN: `127.0.0.1:${this.port}`,
      LOOKIT_LOG: "warn",
    };
  }

  /** Starts the server, or starts it again after a stop. */
  async start() {
    this.process = spawn(binary, ["all"], { env: this.environment(), stdio: ["ignore", "inherit", "inherit"] });
    for (let tries = 0; tries < 100; tries += 1) {
      if (await this.answers()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the server does not answer");
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request({ host: "127.0.0.1", port: this.port, path: "/health", headers: { Host: `localhost:${this.port}` } }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      asked.on("error", () => resolve(false));
      asked.end();
    });
  }

  /** Ends the server as a crash would. */
  async kill() {
    const ended = new Promise((resolve) => this.process?.once("exit", resolve));
    this.process?.kill("SIGKILL");
    await ended;
  }

  async close() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const test = base.extend<{ site: Site }>({
  site: async ({}, use) => {
    const site = await Site.open();
    await use(site);
    await site.close();
  },
});

/** Another person's browser, beside that of the test. */
export async function anotherPage(page: Page): Promise<Page> {
  const { javaScriptEnabled } = base.info().project.use;
  return (await page.context().browser()!.newContext({ javaScriptEnabled })).newPage();
}

/** Sends a request to the server as the page would. Node does not resolve `run.localhost`. */
export async function forward(site: Site, asked: Request): Promise<{ status: number; body: string }> {
  const url = new URL(asked.url());
  const headers = Object.fromEntries(Object.entries(await asked.allHeaders()).filter(([name]) => !name.startsWith(":") && name !== "accept-encoding"));
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port: site.port, path: url.pathname, method: asked.method(), headers: { ...headers, host: url.host } }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => (body += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end(asked.postData() ?? undefined);
  });
}

export async function signIn(page: Page, site: Site, who: { email: string; password: string }) {
  await page.goto(`${site.origin}/login`);
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
}

/** Fails on anything that axe calls serious or critical. Axe is a script itself, so it looks where scripts run. */
export async function expectAccessible(page: Page) {
  if (base.info().project.use.javaScriptEnabled === false) return;
  const result = await new AxeBuilder({ page }).analyze();
  const bad = result.violations.filter((violation) => violation.impact === "serious" || violation.impact === "critical");
  expect(bad.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing is wider than the window").toBe(true);
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

export const next = (page: Page) => page.locator("#nextbutton").click();

/** Fills in the exit survey and leaves the study. */
export async function leaveByExitSurvey(page: Page, site: Site) {
  await expect(page.getByRole("heading", { name: "Before you go" })).toBeVisible();
  await page.getByLabel("Your child’s birthday").fill("2022-06-24");
  const databrary = page.getByLabel("No, leave it out");
  if (await databrary.isVisible()) await databrary.check();
  await page.getByLabel("Only the researchers of this study").check();
  await next(page);
  await expect(page.getByRole("button", { name: "Exit" })).toBeVisible();
  await next(page);
  await expect(page).toHaveURL(new RegExp(`localhost:${site.port}/studies/history`));
}

export { expect };
