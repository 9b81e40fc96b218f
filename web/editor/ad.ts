// The page of a study's ad: drafts, ages in days, and the meaning of the criteria expression while it is written.
import { keepDrafts } from "./drafts";

const form = document.querySelector<HTMLFormElement>("#ad-form");
if (form) {
  keepDrafts(form);
  const value = (name: string) =>
    (form.elements.namedItem(name) as HTMLInputElement | null)?.value ?? "";
  const number = (name: string) => Number(value(name)) || 0;
  const audience = document.querySelector<HTMLElement>("#audience")!;
  const ageLine = document.querySelector<HTMLElement>("#age-line")!;
  const expression = form.elements.namedItem("criteria_expression") as HTMLTextAreaElement;
  let timer = 0;
  let asked = 0;

  async function look() {
    const own = (asked += 1);
    const ages = Object.fromEntries(
      ["min", "max"].flatMap((bound) =>
        ["years", "months", "days"].map((unit) => [
          `${bound}_${unit}`,
          number(`${bound}_age_${unit}`),
        ]),
      ),
    );
    const answer = await fetch("/exp/criteria", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ expression: expression.value, ages }),
    }).catch(() => null);
    if (!answer?.ok || own !== asked) return;
    const told = await answer.json();
    ageLine.textContent = told.is_reversed
      ? `${told.days} The youngest age is above the oldest.`
      : told.days;
    expression.setAttribute("aria-invalid", String("column" in told));
    audience.dataset.kind = "column" in told ? "bad" : "";
    if ("column" in told) {
      // Expressions are trimmed before they are read.
      const before = expression.value.length - expression.value.trimStart().length;
      const text = expression.value.trim();
      const at = told.column - 1;
      audience.replaceChildren(
        `At character ${told.column + before}: ${told.message} `,
        Object.assign(document.createElement("code"), {
          textContent: `${text.slice(Math.max(0, at - 15), at)}\u25b8${text.slice(at, at + 15)}`,
        }),
      );
    } else audience.textContent = `For ${told.words}`;
  }

  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(look, 250);
  });

  // Found studies can be put into a list by a button.
  for (const found of document.querySelectorAll<HTMLElement>(".finds li")) {
    const id = found.querySelector("code")?.textContent;
    if (!id) continue;
    for (const [name, label] of [
      ["must", "Must have"],
      ["must_not", "Must not have"],
    ] as const) {
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        className: "button plain small",
        textContent: label,
      });
      button.addEventListener("click", () => {
        const list = form.elements.namedItem(name) as HTMLTextAreaElement;
        if (!list.value.includes(id)) list.value = `${list.value.trim()}\n${id}`.trim();
        list.dispatchEvent(new Event("input", { bubbles: true }));
      });
      found.append(" ", button);
    }
  }
}
