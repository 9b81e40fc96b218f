// The preview pane: the player, on its own origin, plays the unsaved text for a made-up child. What it would store is shown beside it.

export interface Draft {
  structure?: string;
  generator?: string;
  experiment?: string;
}

const SIZES: [string, string, number][] = [
  ["phone", "Phone", 390],
  ["tablet", "Tablet", 820],
  ["desktop", "Desktop", 1280],
];

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: object = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

export class Pane {
  private readonly origin: string;
  private readonly frame = make("iframe", { title: "Preview of the study" });
  private readonly stage = make("div", { className: "pane-stage" });
  private readonly list = make("ol", { className: "pane-data" });
  private readonly from = make("select", { id: "pane-from" });
  private readonly years: HTMLInputElement;
  private readonly months: HTMLInputElement;
  private readonly state = make("p", { className: "pane-state", role: "status" });
  private width = 390;
  private began = 0;
  private isReady = false;
  private waiting = false;
  private writer: HTMLElement | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly draft: () => Draft,
  ) {
    this.origin = root.dataset.runOrigin!;
    const days = Number(root.dataset.age);
    this.years = make("input", {
      type: "number",
      min: "0",
      max: "110",
      value: String(Math.floor(days / 365)),
      id: "pane-years",
    });
    this.months = make("input", {
      type: "number",
      min: "0",
      max: "11",
      value: String(Math.floor((days % 365) / 30)),
      id: "pane-months",
    });
    this.frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
    this.frame.allow = `camera ${this.origin}; microphone ${this.origin}; fullscreen; autoplay`;
    const sizes = SIZES.map(([name, label, width]) => {
      const button = make("button", { type: "button", className: "quiet", textContent: label });
      button.setAttribute("aria-pressed", String(width === this.width));
      button.dataset.size = name;
      button.addEventListener("click", () => {
        this.width = width;
        for (const other of sizes) other.setAttribute("aria-pressed", String(other === button));
        this.fit();
      });
      return button;
    });
    const again = make("button", {
      type: "button",
      className: "button plain small",
      textContent: "Play again",
    });
    again.addEventListener("click", () => this.play());
    for (const input of [this.from, this.years, this.months])
      input.addEventListener("change", () => this.play());
    this.stage.append(this.frame);
    root.append(
      make(
        "div",
        { className: "pane-bar" },
        make("h2", { textContent: "Preview" }),
        make("label", { htmlFor: "pane-from" }, "From"),
        this.from,
        make("label", { htmlFor: "pane-years" }, "Age"),
        this.years,
        make("span", {}, "y"),
        make("label", { htmlFor: "pane-months", className: "visually-hidden" }, "and months"),
        this.months,
        make("span", {}, "m"),
        make("div", { className: "pane-sizes", role: "group", ariaLabel: "Size" }, ...sizes),
        again,
      ),
      this.state,
      this.stage,
      make(
        "section",
        { className: "pane-store" },
        make("h3", { textContent: "What this run would store" }),
        this.list,
      ),
    );
    root.hidden = false;
    this.setFrames([]);
    new ResizeObserver(() => this.fit()).observe(this.stage);
    window.addEventListener("message", (event) => this.hear(event));
    this.play();
  }

  /** The frames of one run, to begin at. */
  setFrames(frames: { id: string; kind: string; path: string }[]) {
    const chosen = this.from.value;
    this.from.replaceChildren(
      make("option", { value: "", textContent: "the beginning" }),
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

  /** Plays the text as it is now. Whoever is writing keeps the cursor: what is played may ask for it. */
  play() {
    this.writer =
      document.activeElement instanceof HTMLElement && document.activeElement !== this.frame
        ? document.activeElement
        : null;
    this.began = performance.now();
    this.isReady = false;
    this.waiting = true;
    this.state.textContent = "Loading\u2026";
    this.frame.src = `${this.origin}/pane`;
    this.fit();
  }

  private fit() {
    const scale = Math.min(1, this.stage.clientWidth / this.width);
    const height = Math.max(420, Math.round(window.innerHeight * 0.6));
    this.frame.style.width = `${this.width}px`;
    this.frame.style.height = `${height / scale}px`;
    this.frame.style.transform = `scale(${scale})`;
    this.stage.style.height = `${height}px`;
  }

  private async hear(event: MessageEvent) {
    if (event.source !== this.frame.contentWindow || event.origin !== this.origin) return;
    if (event.data?.type === "lookit-ready" && this.waiting && !this.isReady) {
      this.isReady = true;
      await this.send();
    } else if (event.data?.type === "lookit-shown") {
      const took = Math.round(performance.now() - this.began);
      this.state.textContent = `Shown after ${took < 1000 ? `${took} ms` : `${(took / 1000).toFixed(1)} s`}. Nothing is stored.`;
      this.root.dataset.took = String(took);
      window.setTimeout(() => {
        if (document.activeElement === this.frame) this.writer?.focus({ preventScroll: true });
        this.writer = null;
      }, 150);
    } else if (event.data?.type === "lookit-entry") this.show(JSON.parse(event.data.entry));
  }

  private async send() {
    const days = Number(this.years.value) * 365 + Number(this.months.value) * 30;
    const answer = await fetch(`${this.root.dataset.document}?age_days=${days}`).catch(() => null);
    if (!answer?.ok) {
      this.state.textContent =
        "The preview can't be loaded just now. It tries again with your next change.";
      return;
    }
    const document = await answer.json();
    const draft = this.draft();
    if (draft.structure !== undefined) document.study.structure = parsed(draft.structure);
    document.study.generator = draft.generator ?? null;
    document.study.experiment = draft.experiment ?? null;
    this.waiting = false;
    this.list.replaceChildren();
    this.frame.contentWindow?.postMessage(
      { type: "lookit-preview", document: JSON.stringify(document), from: this.from.value },
      this.origin,
    );
  }

  private show(entry: {
    type: string;
    frame_id?: string;
    data?: unknown;
    conditions?: unknown;
    event?: unknown;
  }) {
    const title =
      entry.frame_id ??
      { conditions: "Conditions", event: "Event", finish: "The end" }[entry.type] ??
      entry.type;
    const content = entry.data ?? entry.conditions ?? entry.event;
    const item = make("li", {});
    if (content === undefined) item.append(title);
    else
      item.append(
        make(
          "details",
          {},
          make("summary", { textContent: title }),
          make("pre", {
            className: "code",
            textContent: JSON.stringify(content, null, 2),
            tabIndex: 0,
          }),
        ),
      );
    this.list.prepend(item);
  }
}

/** JSON, or the text itself, whose fault the player then shows. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
