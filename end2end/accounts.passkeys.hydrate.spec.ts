// Passkeys, with an authenticator that the browser makes up.
import { expectAccessible } from "./accessible";
import { family, givePassword } from "./people";
import { anotherPage, expect, type Page, test } from "./site";

async function authenticator(page: Page) {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const credentials = async () => {
    const found = await client.send("WebAuthn.getCredentials", { authenticatorId });
    return found.credentials;
  };
  type Credential = Awaited<ReturnType<typeof credentials>>[number];
  return {
    credentials,
    add: (credential: Credential) =>
      client.send("WebAuthn.addCredential", { authenticatorId, credential }),
    refuse: () =>
      client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false }),
  };
}

test("a family adds a passkey and signs in with it", async ({ page, site }) => {
  const device = await authenticator(page);
  await givePassword(page, site, family);
  await page.goto(`${site.origin}/account/security`);
  await page.getByLabel("What to call it").fill("My laptop");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByRole("heading", { name: "Keep these codes" })).toBeVisible();
  await page.getByRole("link", { name: "I have saved them" }).click();
  await expect(page.getByText("My laptop").first()).toBeVisible();
  await expectAccessible(page);
  // The same device again: it says so, and nothing breaks.
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("Nothing was done")).toBeVisible();

  const other = await anotherPage(page);
  const second = await authenticator(other);
  for (const credential of await device.credentials()) await second.add(credential);
  await givePassword(other, site, family);
  await expect(other.getByRole("heading", { name: "Is it really you?" })).toBeVisible();
  await expectAccessible(other);
  await other.getByRole("button", { name: "Use my passkey" }).click();
  await expect(other).toHaveURL(/\/studies$/);

  const third = await anotherPage(page);
  const locked = await authenticator(third);
  for (const credential of await device.credentials()) await locked.add(credential);
  await locked.refuse();
  await givePassword(third, site, family);
  await third.getByRole("button", { name: "Use my passkey" }).click();
  await expect(third.getByText("Nothing was done")).toBeVisible({ timeout: 20_000 });
  await third.goto(`${site.origin}/account/children`);
  await expect(third).toHaveURL(/second-factor/);
});
