// Who uses the site, and how they get in.
import { createHmac } from "node:crypto";
import { anotherPage, expect, type Page, type Site } from "./site";

interface Person {
  email: string;
  password: string;
}

// The accounts that `lookit demo` makes.
export const family = { email: "family@demo.example", password: "otters nap on rivers" };
export const staff = { email: "staff@demo.example", password: "kettles whisper at noon sharp" };
export const researcher = {
  email: "researcher@demo.example",
  password: "lanterns hum past midnight",
};

/** Signs in with a password; the second factor, if there is one, comes next. */
export async function givePassword(page: Page, site: Site, who: Person) {
  await page.goto(`${site.origin}/login`);
  await page.getByLabel("Email address").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
}

export async function signIn(page: Page, site: Site, who: Person) {
  const known = site.sessions.get(who.email);
  if (known) {
    await page.context().addCookies(known);
    await page.goto(`${site.origin}/exp/studies`);
    return;
  }
  await givePassword(page, site, who);
  if (!page.url().includes("/second-factor")) return;
  const code = await page.locator("#demo-code").textContent();
  await page.getByLabel("Code from your app").fill(code ?? "");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page).toHaveURL(/\/exp\/studies/);
  site.sessions.set(who.email, await page.context().cookies());
}

/** Enters the code of a sign-up, which a development site shows beside the field. */
export async function enterCode(page: Page) {
  const code = await page.locator("#sign-up-code").textContent();
  await page.getByLabel("Six digits").fill(code ?? "");
  await page.getByRole("button", { name: "Continue" }).click();
}

/** A page of the demo lab's researcher, who is signed in. */
export async function researcherPage(page: Page, site: Site): Promise<Page> {
  const lab = await anotherPage(page);
  await signIn(lab, site, researcher);
  return lab;
}

/** What an authenticator app shows for a secret, `steps` half minutes from now (RFC 6238). */
export function totp(secret: string, steps = 0): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")]
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", key).update(counter).digest();
  const offset = hash.readUInt8(19) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Opens the latest email to an address in a browser of its own. */
async function openEmail(page: Page, site: Site, email: string, subject: string | RegExp) {
  const reader = await anotherPage(page);
  const found = reader
    .getByRole("listitem")
    .filter({ hasText: email })
    .getByRole("link", { name: subject });
  const count = async () => {
    await reader.goto(`${site.origin}/dev/outbox`);
    return found.count();
  };
  await expect.poll(count).toBeGreaterThan(0);
  await found.first().click();
  return reader;
}

/** The address that the link in the latest email to an address leads to. */
export async function linkInEmail(
  page: Page,
  site: Site,
  email: string,
  subject: string | RegExp,
): Promise<string> {
  const reader = await openEmail(page, site, email, subject);
  const link = await reader.getByRole("article").getByRole("link").first().getAttribute("href");
  await reader.context().close();
  return `${site.origin}${link}`;
}

/** The text of the latest email to an address. */
export async function textOfEmail(
  page: Page,
  site: Site,
  email: string,
  subject: string | RegExp,
): Promise<string> {
  const reader = await openEmail(page, site, email, subject);
  const text = await reader.getByRole("article").textContent();
  await reader.context().close();
  return text ?? "";
}
