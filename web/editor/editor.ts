// The design page: code editors in place of textareas, the outline beside them, the preview at once, drafts kept while one writes.
import type { EditorView } from "@codemirror/view";
import { type Diagnostic, editCode, format, jump, showProblems } from "./code";
import { keepDrafts } from "./drafts";
import { Pane } from "./pane";
import { placeOf } from "./paths";

const CHECK = 300;
const PLAY = 700;

const form = document.querySelector<HTMLFormElement>("#design-form");
if (form) {
  const drafts = keepDrafts(form);
  const areas = new Map(
    [...form.querySelectorAll<HTMLElement>(".code-field")].map((field) => [
      field.dataset.field!,
      field,
    ]),
  );
  const views = new Map<string, EditorView>();
  const outline = document.querySelector<HTMLElement>("#outline");
  const generatorBox = form.querySelector<HTMLInputElement>("#uses_generator");
  const paneRoot = document.querySelector<HTMLElement>("#pane");
  const text = (name: string) => views.get(name)?.state.doc.toString() ?? "";
  let checkTimer = 0;
  let playTimer = 0;
  let checked = 0;

  const pane = paneRoot
    ? new Pane(paneRoot, () => {
        if (views.has("experiment")) return { experiment: text("experiment") };
        return {
          structure: text("structure"),
          ...(generatorBox?.checked ? { generator: text("generator") } : {}),
        };
      })
    : null;

  /** Asks the server what it thinks of the protocol, and shows it in the text and in the outline. */
  async function check() {
    const view = views.get("structure");
    if (!view || !form!.dataset.check) return;
    const own = (checked += 1);
    const answer = await fetch(form!.dataset.check, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: text("structure"),
    }).catch(() => null);
    if (!answer?.ok || own !== checked) return;
    const report: {
      html: string;
      frames: { id: string; kind: string; path: string }[];
      problems: { severity: "error" | "warning"; path: string; message: string; remedy: string }[];
    } = await answer.json();
    const paths = new Map(report.frames.map((frame) => [frame.id, frame.path]));
    const problems: Diagnostic[] = report.problems.map((problem) => {
      const place = placeOf(view.state, paths.get(problem.path) ?? problem.path) ?? {
        from: 0,
        to: 0,
      };
      return {
        ...place,
        severity: problem.severity,
        message: `${problem.message}. ${problem.remedy}`,
      };
    });
    showProblems(view, problems);
    if (outline) outline.innerHTML = report.html;
    pane?.setFrames(report.frames);
    known = paths;
  }
  let known = new Map<string, string>();

  function changed() {
    drafts.touch();
    window.clearTimeout(checkTimer);
    checkTimer = window.setTimeout(check, CHECK);
    window.clearTimeout(playTimer);
    playTimer = window.setTimeout(() => pane?.play(), PLAY);
  }

  for (const [name, field] of areas) {
    const area = field.querySelector("textarea")!;
    const view = editCode(area, field.dataset.language!, changed);
    views.set(name, view);
    if (field.dataset.language === "json") {
      const note = Object.assign(document.createElement("span"), { className: "quiet-text" });
      note.setAttribute("role", "status");
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        className: "button plain small",
        textContent: "Format",
      });
      button.addEventListener("click", () => (note.textContent = format(view) ?? ""));
      const bar = Object.assign(document.createElement("div"), { className: "code-bar" });
      bar.append(button, note);
      view.dom.before(bar);
    }
  }
  const showUsed = () => {
    const uses = generatorBox?.checked ?? false;
    const generator = areas.get("generator");
    if (generator) generator.hidden = !uses;
  };
  generatorBox?.addEventListener("change", () => {
    showUsed();
    pane?.play();
  });
  showUsed();

  outline?.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>(".jump");
    const view = views.get("structure");
    if (!button || !view) return;
    const path = known.get(button.dataset.path!) ?? button.dataset.path!;
    const place = placeOf(view.state, path);
    if (place) jump(view, place);
    pane?.startAt(path);
  });
  void check();

  // The plugins that an experiment may name, with links to their parameters.
  const plugins = document.querySelector<HTMLElement>("#plugins");
  if (plugins) void listPlugins(plugins);
}

async function listPlugins(root: HTMLElement) {
  const answer = await fetch("/pkg/plugins.json").catch(() => null);
  if (!answer?.ok) return;
  const plugins: {
    name: string;
    global: string;
    version: string;
    description: string;
    docs: string;
  }[] = await answer.json();
  const search = Object.assign(document.createElement("input"), {
    type: "search",
    id: "plugin-search",
  });
  const label = Object.assign(document.createElement("label"), {
    htmlFor: "plugin-search",
    textContent: "Plugins",
  });
  const list = Object.assign(document.createElement("ul"), { className: "plugin-list" });
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.replaceChildren(
      ...plugins
        .filter((plugin) =>
          words.every((word) =>
            `${plugin.name} ${plugin.global} ${plugin.description}`.toLowerCase().includes(word),
          ),
        )
        .map((plugin) => {
          const link = Object.assign(document.createElement("a"), {
            href: plugin.docs,
            textContent: plugin.global,
            target: "_blank",
            rel: "noopener noreferrer",
          });
          const item = document.createElement("li");
          item.append(
            link,
            ` ${plugin.version}`,
            Object.assign(document.createElement("p"), {
              className: "quiet-text",
              textContent: plugin.description,
            }),
          );
          return item;
        }),
    );
  };
  search.addEventListener("input", show);
  show();
  const field = Object.assign(document.createElement("div"), { className: "field" });
  field.append(label, search);
  root.replaceWith(field, list);
}
