// The design page: code editors in place of textareas, the outline beside them, the preview at
// once, drafts kept while somebody writes.
import type { EditorView } from "@codemirror/view";
import { Check } from "./check.js";
import { editCode, format, jump } from "./code.js";
import { dataOf, make, must } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Pane, type Unsaved } from "./pane.js";
import { placeOf } from "./paths.js";
import { listPlugins } from "./plugins.js";

/** How long somebody has to pause before the preview plays, in ms. */
const PAUSE = 700;

class Design {
  private readonly drafts: Drafts;
  private readonly views = new Map<string, EditorView>();
  private readonly generatorBox: HTMLInputElement | null;
  private readonly generatorField: HTMLElement | null;
  private readonly pane: Pane | null;
  private readonly check: Check | null;
  private timer = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.drafts = new Drafts(form);
    this.generatorBox = form.querySelector("#uses_generator");
    this.generatorField = form.querySelector(".code-field[data-field=generator]");
    this.openEditors();
    this.showGenerator();
    const pane = document.querySelector<HTMLElement>("#pane");
    this.pane = pane && new Pane(pane, () => this.unsaved());
    this.check = this.openCheck();
    this.generatorBox?.addEventListener("change", () => {
      this.showGenerator();
      this.pane?.play();
    });
    const declared = "[name=child_facts], [name=hosts]";
    for (const field of this.form.querySelectorAll(declared)) {
      field.addEventListener("change", () => this.changed());
    }
  }

  private openEditors() {
    for (const field of this.form.querySelectorAll<HTMLElement>(".code-field")) {
      const language = dataOf(field, "language");
      const view = editCode(must(field, "textarea"), language, () => this.changed());
      this.views.set(dataOf(field, "field"), view);
      if (language === "json") addFormatButton(view);
    }
  }

  private openCheck(): Check | null {
    const view = this.views.get("structure");
    const address = this.form.dataset.check;
    if (!view || !address) return null;
    const outline = document.querySelector<HTMLElement>("#outline");
    const check = new Check(view, address, outline, (frames) => this.pane?.setFrames(frames));
    outline?.addEventListener("click", (event) => {
      const button = (event.target as HTMLElement).closest<HTMLElement>(".jump");
      if (!button) return;
      const path = check.pathOf(dataOf(button, "path"));
      const place = placeOf(view.state, path);
      if (place) jump(view, place);
      this.pane?.startAt(path);
    });
    return check;
  }

  private changed() {
    this.drafts.touch();
    this.check?.soon();
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.pane?.play(), PAUSE);
  }

  /** What the preview plays. */
  private unsaved(): Unsaved {
    const text = (name: string) => this.views.get(name)?.state.doc.toString() ?? "";
    const typed = new FormData(this.form);
    const declared = {
      facts: typed.getAll("child_facts").map(String),
      hosts: String(typed.get("hosts") ?? ""),
    };
    if (this.views.has("experiment")) return { ...declared, experiment: text("experiment") };
    const protocol = text("structure");
    return this.generatorBox?.checked
      ? { ...declared, protocol, generator: text("generator") }
      : { ...declared, protocol };
  }

  private showGenerator() {
    if (this.generatorField) this.generatorField.hidden = !this.generatorBox?.checked;
  }
}

function addFormatButton(view: EditorView) {
  const note = make("span", { className: "quiet-text", role: "status" });
  const button = make("button", {
    type: "button",
    className: "button plain small",
    textContent: "Format",
  });
  button.addEventListener("click", () => {
    note.textContent = format(view) ?? "";
  });
  view.dom.before(make("div", { className: "code-bar" }, button, note));
}

const form = document.querySelector<HTMLFormElement>("#design-form");
if (form) {
  new Design(form);
  const plugins = document.querySelector<HTMLElement>("#plugins");
  if (plugins) void listPlugins(plugins);
}
