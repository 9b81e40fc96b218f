// A site of its own for each worker: the real binary on a free port, with a database that is thrown away.
import AxeBuilder from "@axe-core/playwright";
import {
  test as base,
  expect,
  type BrowserContext,
  type Page,
  type Request,
} from "@playwright/test";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createHmac } from "node:crypto";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "node:http";

export const family = { email: "family@demo.example", password: "otters nap on rivers" };
export const staff = { email: "staff@demo.example", password: "kettles whisper at noon sharp" };
export const researcher = {
  email: "researcher@demo.example",
  password: "lanterns hum past midnight",
};

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

type Cookies = Awaited<ReturnType<BrowserContext["cookies"]>>;

export class Site {
  private process?: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), "lookit-e2e-"));
  /** Sessions that have given a second factor, by address: a code works once, so it is asked for once. */
  readonly sessions = new Map<string, Cookies>();
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
      LOOKIT_MAIL_URL: `file://${this.folder}/outbox`,
      LOOKIT_STORAGE_URL: `file://${this.folder}/files`,
      LOOKIT_LISTEN: `127.0.0.1:${this.port}`,
      LOOKIT_LOG: process.env.LOOKIT_LOG ?? "warn",
    };
  }

  /** Starts the server, or starts it again after a stop. */
  async start() {
    this.process = spawn(binary, ["all"], {
      env: this.environment(),
      stdio: ["ignore", "inherit", "inherit"],
    });
    for (let tries = 0; tries < 100; tries += 1) {
      if (await this.answers()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the server does not answer");
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request(
        {
          host: "127.0.0.1",
          port: this.port,
          path: "/health",
          headers: { Host: `localhost:${this.port}` },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        },
      );
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
export async function forward(
  site: Site,
  asked: Request,
): Promise<{ status: number; body: string }> {
  const url = new URL(asked.url());
  const headers = Object.fromEntries(
    Object.entries(await asked.allHeaders()).filter(
      ([name]) => !name.startsWith(":") && name !== "accept-encoding",
    ),
  );
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port: site.port,
        path: url.pathname,
        method: asked.method(),
        headers: { ...headers, host: url.host },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => (body += piece));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on("error", reject);
    sent.end(asked.postData() ?? undefined);
  });
}

/** Signs in with a password; the second factor, if there is one, comes next. */
export async function givePassword(
  page: Page,
  site: Site,
  who: { email: string; password: string },
) {
  await page.goto(`${site.origin}/login`);
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
}

export async function signIn(page: Page, site: Site, who: { email: string; password: string }) {
  const known = site.sessions.get(who.email);
  if (known) {
    await page.context().addCookies(known);
    await page.goto(`${site.origin}/exp/studies`);
    return;
  }
  await givePassword(page, site, who);
  if (page.url().includes("/second-factor")) {
    await page
      .getByLabel("Code from your app")
      .fill((await page.locator("#demo-code").textContent()) ?? "");
    await page.getByRole("button", { name: "Go on" }).click();
    await expect(page).toHaveURL(/\/exp\/studies/);
    site.sessions.set(who.email, await page.context().cookies());
  }
}

/** The code that an authenticator app shows for a secret, `steps` half minutes from now (RFC 6238). */
export function totp(secret: string, steps = 0): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")]
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", key).update(counter).digest();
  const offset = hash[19]! & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Opens the latest letter to an address and gives back the path of its link. */
export async function letterTo(
  page: Page,
  site: Site,
  email: string,
  subject: string | RegExp,
): Promise<string> {
  const reader = await anotherPage(page);
  await expect
    .poll(async () => {
      await reader.goto(`${site.origin}/dev/outbox`);
      return reader
        .getByRole("listitem")
        .filter({ hasText: email })
        .getByRole("link", { name: subject })
        .count();
    })
    .toBeGreaterThan(0);
  await reader
    .getByRole("listitem")
    .filter({ hasText: email })
    .getByRole("link", { name: subject })
    .first()
    .click();
  const link = await reader.getByRole("article").getByRole("link").first().getAttribute("href");
  await reader.context().close();
  return `${site.origin}${link}`;
}

/** Fails on anything that axe calls serious or critical. Axe is a script itself, so it looks where scripts run. */
export async function expectAccessible(page: Page) {
  if (base.info().project.use.javaScriptEnabled === false) return;
  const result = await new AxeBuilder({ page }).analyze();
  const bad = result.violations.filter(
    (violation) => violation.impact === "serious" || violation.impact === "critical",
  );
  expect(
    bad.map(
      (violation) =>
        `${violation.id}: ${violation.nodes.map((node) => node.target.join(" ")).join(", ")}`,
    ),
  ).toEqual([]);
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
    "nothing is wider than the window",
  ).toBe(true);
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
