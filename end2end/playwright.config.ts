import { defineConfig, devices } from "@playwright/test";

// Each spec runs twice: with JavaScript, and without it. Files named *.hydrate.spec.ts need it and run once.
const chromium = {
  ...devices["Desktop Chrome"],
  launchOptions: {
    executablePath: process.env.LOOKIT_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  },
};

export default defineConfig({
  testDir: ".",
  outputDir: ".output",
  // Specs start servers of their own; on two cores more workers only wait for each other.
  workers: 2,
  fullyParallel: false,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  forbidOnly: !!process.env.CI,
  retries: 0,
  reporter: [["list"]],
  use: { trace: "retain-on-failure", screenshot: "only-on-failure" },
  projects: [
    { name: "javascript", use: chromium },
    {
      name: "plain",
      use: { ...chromium, javaScriptEnabled: false },
      testIgnore: /\.hydrate\.spec\.ts/,
    },
  ],
});
