// The page of a study's ad: drafts, ages in days, and the meaning of the criteria expression while
// it is written.
import { make, must } from "./dom.js";
import { Drafts } from "./drafts.js";

/** How long somebody has to pause before the server is asked, in ms. */
const PAUSE = 250;
/** How much of the expression is shown on each side of a fault, in characters. */
const AROUND_FAULT = 15;

/** What the server says of ages and of an expression, which has words or a fault. */
interface Reading {
  days: string;
  is_reversed: boolean;
  words?: string;
  column?: number;
  message?: string;
}

class Criteria {
  private readonly audience = must<HTMLElement>(document, "#audience");
  private readonly ageLine = must<HTMLElement>(document, "#age-line");
  private readonly expression: HTMLTextAreaElement;
  private timer = 0;
  private asked = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.expression = must(form, "[name=criteria_expression]");
    form.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.ask(), PAUSE);
    });
  }

  private ages(): Record<string, number> {
    const bounds = ["min", "max"].flatMap((bound) =>
      ["years", "months", "days"].map((unit) => {
        const field = this.form.elements.namedItem(`${bound}_age_${unit}`);
        return [`${bound}_${unit}`, Number((field as HTMLInputElement | null)?.value) || 0];
      }),
    );
    return Object.fromEntries(bounds);
  }

  private async ask() {
    this.asked += 1;
    const own = this.asked;
    const answer = await fetch("/exp/criteria", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ expression: this.expression.value, ages: this.ages() }),
    }).catch(() => null);
    if (answer?.ok && own === this.asked) this.show(await answer.json());
  }

  private show({ days, is_reversed, words, column, message }: Reading) {
    this.ageLine.textContent = is_reversed ? `${days} The youngest age is above the oldest.` : days;
    this.expression.setAttribute("aria-invalid", String(column !== undefined));
    this.audience.dataset.kind = column === undefined ? "" : "bad";
    if (column === undefined) {
      this.audience.textContent = `For ${words}`;
      return;
    }
    // Expressions are trimmed before they are read.
    const text = this.expression.value.trim();
    const before = this.expression.value.length - this.expression.value.trimStart().length;
    const at = column - 1;
    const left = text.slice(Math.max(0, at - AROUND_FAULT), at);
    const right = text.slice(at, at + AROUND_FAULT);
    this.audience.replaceChildren(
      `At character ${column + before}: ${message} `,
      make("code", { textContent: `${left}\u25b8${right}` }),
    );
  }
}

/** Lets each study that was found be put into a list by a button. */
function offerFinds(form: HTMLFormElement) {
  for (const found of document.querySelectorAll<HTMLElement>(".finds li")) {
    const id = found.querySelector("code")?.textContent;
    if (!id) continue;
    for (const [name, label] of [
      ["must", "Must have"],
      ["must_not", "Must not have"],
    ] as const) {
      const button = make("button", {
        type: "button",
        className: "button plain small",
        textContent: label,
      });
      button.addEventListener("click", () => {
        const list = must<HTMLTextAreaElement>(form, `[name=${name}]`);
        if (!list.value.includes(id)) list.value = `${list.value.trim()}\n${id}`.trim();
        list.dispatchEvent(new Event("input", { bubbles: true }));
      });
      found.append(" ", button);
    }
  }
}

const form = document.querySelector<HTMLFormElement>("#ad-form");
if (form) {
  new Drafts(form);
  new Criteria(form);
  offerFinds(form);
}
