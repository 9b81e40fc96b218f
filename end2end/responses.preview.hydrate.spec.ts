// A study as its researchers see it before families do.
import { expectAccessible } from "./accessible";
import { researcherPage } from "./people";
import { changeDocument, fillExitSurvey, next, PUZZLE } from "./runs";
import { expect, test } from "./site";

test("a preview names what is missing and goes on", async ({ page, site }) => {
  const lab = await researcherPage(page, site);
  await changeDocument(lab, site, ({ study }) => {
    study.structure.frames.film = { kind: "exp-lookit-video", video: "x" };
    study.structure.frames.slip = { kind: "exp-lookit-txet" };
    study.structure.sequence = ["film", "slip", "bye"];
  });
  await lab.getByRole("link", { name: PUZZLE, exact: true }).click();
  await lab.getByRole("button", { name: "Full preview" }).click();
  await expect(
    lab.getByText(
      "0-film has the kind exp-lookit-video, which is a kind of frame that can’t be shown yet",
    ),
  ).toBeVisible();
  await expectAccessible(lab);
  await next(lab);
  await expect(lab.getByText("exp-lookit-txet, which is not a kind of frame")).toBeVisible();
  await next(lab);
  await expect(lab.getByRole("heading", { name: "Before you go" })).toBeVisible();
  await lab.close();
});

test("a preview of a broken protocol shows where it is broken", async ({ page, site }) => {
  const lab = await researcherPage(page, site);
  await changeDocument(lab, site, ({ study }) => {
    study.structure.frames.hello = { ...study.structure.frames.hello, kind: "text" };
  });
  await lab.getByRole("link", { name: PUZZLE, exact: true }).click();
  await lab.getByRole("button", { name: "Full preview" }).click();
  await expect(lab.getByText("frames.hello.kind")).toBeVisible();
  await lab.close();
});

test("a full preview is kept apart from what families answer", async ({ page, site }) => {
  const lab = await researcherPage(page, site);
  await lab.getByRole("link", { name: PUZZLE, exact: true }).click();
  await lab.getByRole("button", { name: "Full preview" }).click();
  await expect(lab.getByText("Preview: kept apart from families’ answers")).toBeVisible();
  await next(lab, 3);
  await lab.getByRole("radio", { name: "Nothing" }).check();
  await next(lab);
  await fillExitSurvey(lab);
  await next(lab, 2);
  await expect(lab.getByText("End of the preview")).toBeVisible();
  await expect(lab.locator(".player-data")).toContainText('"both": "nothing"');
  await expectAccessible(lab);
  await lab.getByRole("link", { name: "Back to the study" }).click();
  await expect(lab.getByRole("link", { name: /Responses \(0\)/ })).toBeVisible();
  await expect(lab.getByRole("link", { name: /Previews \(1\)/ })).toBeVisible();
  await lab.getByText("Delete preview data (1)").click();
  await lab.getByRole("button", { name: "Delete 1 preview" }).click();
  await expect(lab.getByText("The previews are deleted.")).toBeVisible();
  await expect(lab.getByRole("link", { name: /Previews/ })).toHaveCount(0);
  await lab.close();
});
