import { defineConfig, devices } from "@playwright/test";

/** Every test runs with JavaScript, and once more without it, but for those in such files. */
const NEEDS_SCRIPTS = /\.hydrate\.spec\.ts/;

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
  // Tests start servers of their own; on two cores more workers only wait for each other.
  workers: 2,
  fullyParallel: false,
  // Bounds for a machine that does something else as well, not what anything should take.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: !!process.env.CI,
  retries: 0,
  reporter: [["list"]],
  use: { trace: "retain-on-failure", screenshot: "only-on-failure" },
  projects: [
    { name: "javascript", use: chromium },
    { name: "plain", use: { ...chromium, javaScriptEnabled: false }, testIgnore: NEEDS_SCRIPTS },
  ],
});
