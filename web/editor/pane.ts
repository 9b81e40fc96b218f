// The preview pane: the player, on its own origin, plays the unsaved text for a made-up child. What
// it would store is shown beside it.
import type { Frame } from "./check.js";
import { dataOf, make } from "./dom.js";

/** The text as it is, which may not be a protocol. */
export interface Unsaved {
  protocol?: string;
  generator?: string;
  experiment?: string;
  /** Members of the child that the study declares. */
  facts: string[];
  /** Hosts that it declares, as they are typed. */
  hosts: string;
}

/** What the player tells (`web/player/boot.ts`). */
interface Message {
  type?: string;
  /** Which of our loadings it belongs to. */
  turn?: string;
  entry?: string;
}

interface Entry {
  type: string;
  frame_id?: string;
  data?: unknown;
  conditions?: unknown;
  event?: unknown;
}

const SIZES: [string, string, number][] = [
  ["phone", "Phone", 390],
  ["tablet", "Tablet", 820],
  ["desktop", "Desktop", 1280],
];

/** Names of entries that belong to no frame. */
const ENTRIES: Record<string, string> = {
  conditions: "Conditions",
  event: "Event",
  finish: "The end",
};

/** The lowest stage, in px; a higher window has a higher one. */
const LOWEST_STAGE = 420;

export class Pane {
  private readonly origin: string;
  private readonly address: string;
  private readonly frame = make("iframe", { title: "Preview of the study" });
  private readonly stage = make("div", { className: "pane-stage" });
  private readonly list = make("ol", { className: "pane-data" });
  private readonly from = make("select", { id: "pane-from" });
  private readonly years: HTMLInputElement;
  private readonly months: HTMLInputElement;
  private readonly state = make("p", { className: "pane-state", role: "status" });
  private width = 390;
  private began = 0;
  /** Counts the loadings, so that no message of an earlier one is taken for one of the latest. */
  private turn = 0;
  private isReady = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly unsaved: () => Unsaved,
  ) {
    this.origin = dataOf(root, "runOrigin");
    this.address = dataOf(root, "document");
    const days = Number(root.dataset.age);
    this.years = numberField("pane-years", 110, Math.floor(days / 365));
    this.months = numberField("pane-months", 11, Math.floor((days % 365) / 30));
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
    this.frame.allow = `camera ${this.origin}; microphone ${this.origin}; fullscreen; autoplay`;
    for (const input of [this.from, this.years, this.months]) {
      input.addEventListener("change", () => this.play());
    }
    this.stage.append(this.frame);
    const title = make("h3", { textContent: "What this run would store" });
    const store = make("section", { className: "pane-store" }, title, this.list);
    root.append(this.bar(), this.state, this.stage, store);
    root.hidden = false;
    this.setFrames([]);
    new ResizeObserver(() => this.fit()).observe(this.stage);
    window.addEventListener("message", (event) => this.hear(event));
    this.play();
  }

  /** The frames of one run, to begin at. */
  setFrames(frames: Frame[]) {
    const chosen = this.from.value;
    this.from.replaceChildren(
      make("option", { value: "", textContent: "The beginning" }),
      ...frames.map((frame) => make("option", { value: frame.path, textContent: frame.id })),
    );
    if (frames.some((frame) => frame.path === chosen)) this.from.value = chosen;
  }

  /** Begins at a frame. */
  startAt(path: string) {
    const option = [...this.from.options].find(
      (option) => option.value === path || (path !== "" && option.value.startsWith(path)),
    );
    if (!option || this.from.value === option.value) return;
    this.from.value = option.value;
    this.play();
  }

  /** Plays the text as it is now. */
  play() {
    this.began = performance.now();
    this.turn += 1;
    this.isReady = false;
    this.root.dataset.turn = String(this.turn);
    delete this.root.dataset.took;
    this.state.textContent = "Loading\u2026";
    const query = new URLSearchParams({ turn: String(this.turn), hosts: this.unsaved().hosts });
    const page = `${this.origin}/pane?${query}`;
    // Another `src` would be another step back in the history of the page around it.
    if (this.frame.src) this.frame.contentWindow?.location.replace(page);
    else this.frame.src = page;
    this.fit();
  }

  private bar(): HTMLElement {
    const again = make("button", {
      type: "button",
      className: "button plain small",
      textContent: "Play again",
    });
    again.addEventListener("click", () => this.play());
    const months = { htmlFor: "pane-months", className: "visually-hidden" };
    return make(
      "div",
      { className: "pane-bar" },
      make("h2", { textContent: "Preview" }),
      make("label", { htmlFor: "pane-from" }, "From"),
      this.from,
      make("label", { htmlFor: "pane-years" }, "Age"),
      this.years,
      make("span", {}, "y"),
      make("label", months, "and months"),
      this.months,
      make("span", {}, "m"),
      this.sizes(),
      again,
    );
  }

  private sizes(): HTMLElement {
    const buttons = SIZES.map(([name, label, width]) => {
      const button = make("button", { type: "button", className: "quiet", textContent: label });
      button.setAttribute("aria-pressed", String(width === this.width));
      button.dataset.size = name;
      button.addEventListener("click", () => {
        this.width = width;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        this.fit();
      });
      return button;
    });
    return make("div", { className: "pane-sizes", role: "group", ariaLabel: "Size" }, ...buttons);
  }

  private fit() {
    const scale = Math.min(1, this.stage.clientWidth / this.width);
    const height = Math.max(LOWEST_STAGE, Math.round(window.innerHeight * 0.6));
    this.frame.style.width = `${this.width}px`;
    this.frame.style.height = `${height / scale}px`;
    this.frame.style.transform = `scale(${scale})`;
    this.stage.style.height = `${height}px`;
  }

  private hear(event: MessageEvent<Message | null>) {
    if (event.source !== this.frame.contentWindow || event.origin !== this.origin) return;
    const { type, turn, entry } = event.data ?? {};
    if (turn !== String(this.turn)) return;
    if (type === "lookit-ready" && !this.isReady) {
      this.isReady = true;
      void this.send(this.turn);
    } else if (type === "lookit-shown") this.shown();
    else if (type === "lookit-entry" && entry) this.list.prepend(itemOf(JSON.parse(entry)));
  }

  private async send(turn: number) {
    const days = Number(this.years.value) * 365 + Number(this.months.value) * 30;
    const answer = await fetch(`${this.address}?age_days=${days}`).catch(() => null);
    const document = answer?.ok ? await answer.json() : null;
    // Something was typed meanwhile, and another page is on its way.
    if (turn !== this.turn) return;
    if (!document) {
      this.state.textContent =
        "The preview can't be loaded right now. It will try again with your next change.";
      return;
    }
    const { protocol, generator, experiment, facts } = this.unsaved();
    for (const name of Object.keys(document.child)) {
      if (name !== "hashed_id" && !facts.includes(name)) delete document.child[name];
    }
    if (protocol !== undefined) document.study.structure = parsed(protocol);
    document.study.generator = generator ?? null;
    document.study.experiment = experiment ?? null;
    this.list.replaceChildren();
    const message = {
      type: "lookit-preview",
      turn: String(turn),
      document: JSON.stringify(document),
      from: this.from.value,
    };
    this.frame.contentWindow?.postMessage(message, this.origin);
  }

  private shown() {
    const took = Math.round(performance.now() - this.began);
    const words = took < 1000 ? `${took} ms` : `${(took / 1000).toFixed(1)} s`;
    this.state.textContent = `Ready in ${words}. Nothing is stored.`;
    this.root.dataset.took = String(took);
  }
}

function numberField(id: string, highest: number, value: number): HTMLInputElement {
  return make("input", {
    type: "number",
    min: "0",
    max: String(highest),
    value: String(value),
    id,
  });
}

/** An entry as the list shows it. */
function itemOf({ type, frame_id, data, conditions, event }: Entry): HTMLLIElement {
  const title = frame_id ?? ENTRIES[type] ?? type;
  const content = data ?? conditions ?? event;
  if (content === undefined) return make("li", {}, title);
  const text = JSON.stringify(content, null, 2);
  const code = make("pre", { className: "code", textContent: text, tabIndex: 0 });
  return make("li", {}, make("details", {}, make("summary", { textContent: title }), code));
}

/** JSON, or the text itself, whose fault the player then shows. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
