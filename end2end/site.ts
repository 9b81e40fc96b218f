// A site of its own for each test: the real binary on a free port, with a database that is thrown
// away.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BrowserContext,
  test as base,
  expect,
  type Page,
  type Request,
} from "@playwright/test";

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

interface Answer {
  status: number;
  body: string;
}

export class Site {
  private process?: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), "lookit-e2e-"));
  /** Sessions with a second factor, by address: a code works once, so it is asked for once. */
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
    const isUp = () => this.isUp();
    await expect.poll(isUp, { message: "the server answers", intervals: [50] }).toBe(true);
  }

  private async isUp(): Promise<boolean> {
    const headers = { host: `localhost:${this.port}` };
    const answer = this.ask({ method: "GET", path: "/health", headers });
    return answer.then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** Sends a request past the browser. Node resolves neither of our hosts, so they are headers. */
  private ask(
    what: { method: string; path: string; headers: Record<string, string> },
    body?: string,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: this.port, ...what }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => {
          body += piece;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** Sends a page's request to the server, as the page would. */
  async forward(asked: Request): Promise<Answer> {
    const url = new URL(asked.url());
    const sent = Object.entries(await asked.allHeaders()).filter(
      ([name]) => !name.startsWith(":") && name !== "accept-encoding",
    );
    const headers = { ...Object.fromEntries(sent), host: url.host };
    const what = { method: asked.method(), path: url.pathname, headers };
    return this.ask(what, asked.postData() ?? undefined);
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
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is needed from it
  site: async ({}, use) => {
    const site = await Site.open();
    await use(site);
    await site.close();
  },
});

/** Whether the pages of this run of a test have scripts. */
export const hasScripts = () => test.info().project.use.javaScriptEnabled !== false;

/** Another person's browser, beside that of the test. */
export async function anotherPage(page: Page): Promise<Page> {
  const browser = page.context().browser();
  if (!browser) throw new Error("the page belongs to no browser");
  const context = await browser.newContext({ javaScriptEnabled: hasScripts() });
  return context.newPage();
}

/** The address of a page without what follows its path. */
export const addressOf = (page: Page) => page.url().replace(/[?#].*/, "");

export type { Page };
export { expect };
