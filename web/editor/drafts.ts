// Keeps what somebody is writing: a moment after each change the form goes to the server, as this
// person's draft.
import { dataOf, must } from "./dom.js";

/** How long somebody has to pause, in ms. */
const PAUSE = 800;
/** The longest wait between two tries, in ms. */
const LONGEST_WAIT = 30_000;
/** How much a browser sends for a page that goes away, in characters. */
const LARGEST_BEACON = 60_000;

/** Follows a form with `data-draft`, and says in its `.draft-state` how things stand. */
export class Drafts {
  private readonly state: HTMLElement;
  private readonly address: string;
  private readonly leaving = new AbortController();
  private timer = 0;
  private isDirty = false;
  private isSending = false;
  private failures = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.state = must(form, ".draft-state");
    this.address = dataOf(form, "draft");
    form.addEventListener("input", () => this.touch());
    form.addEventListener("submit", () => {
      this.isDirty = false;
      window.clearTimeout(this.timer);
      this.leaving.abort();
    });
    document.addEventListener("visibilitychange", () => this.sendLast());
    window.addEventListener("beforeunload", (event) => {
      if (this.isDirty) event.preventDefault();
    });
  }

  /** Something changed. */
  touch() {
    this.isDirty = true;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.send(), PAUSE);
  }

  private body(): string {
    const fields = [...new FormData(this.form)].filter(
      ([name, value]) => typeof value === "string" && name !== "agrees",
    );
    const base = Number(must<HTMLInputElement>(this.form, "[name=base]").value);
    return JSON.stringify({ part: this.form.dataset.part, base, fields });
  }

  private say(text: string, kind = "") {
    this.state.textContent = text;
    this.state.dataset.kind = kind;
  }

  private async send() {
    if (this.isSending) return;
    this.isSending = true;
    this.isDirty = false;
    try {
      const answer = await fetch(this.address, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: this.body(),
        signal: this.leaving.signal,
      });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.message ?? "The draft could not be kept.");
      this.failures = 0;
      this.tell(told);
    } catch (reason) {
      if (!this.leaving.signal.aborted) this.tryAgain(reason as Error);
    } finally {
      this.isSending = false;
      if (this.isDirty && this.failures === 0) this.touch();
    }
  }

  private tell({ conflict, kept_at }: { conflict?: string; kept_at: string }) {
    if (conflict) {
      const kept = "Your draft is kept separately; you will be told again when you save.";
      this.say(`${conflict} ${kept}`, "warn");
    } else {
      const time = new Date(kept_at).toLocaleTimeString();
      this.say(`Draft kept at ${time}. Only you can see it until you save.`);
    }
  }

  private tryAgain(reason: Error) {
    this.isDirty = true;
    this.failures += 1;
    const fault = reason instanceof TypeError ? "The site can't be reached." : reason.message;
    this.say(`${fault} Your text stays here; please keep this page open.`, "warn");
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** this.failures);
    this.timer = window.setTimeout(() => this.send(), wait);
  }

  /** What was typed in the last moment goes along while the page goes away. */
  private sendLast() {
    if (document.visibilityState !== "hidden" || !this.isDirty) return;
    const text = this.body();
    if (text.length < LARGEST_BEACON) {
      navigator.sendBeacon(this.address, new Blob([text], { type: "application/json" }));
    }
  }
}
