// A code editor in place of a textarea. The textarea stays in the form and always holds the text,
// so that nothing depends on this.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  syntaxHighlighting,
  syntaxTree,
} from "@codemirror/language";
import { type Diagnostic, linter, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { make } from "./dom.js";
import { complete, documentation } from "./kinds.js";

export type { Diagnostic };

/** Most faults that are shown: those after the first follow from it. */
const MOST_FAULTS = 20;

/** Faults of the syntax, found by the parser of the editor, each where it is. */
function syntaxFaults(view: EditorView): Diagnostic[] {
  const found: Diagnostic[] = [];
  const end = view.state.doc.length;
  syntaxTree(view.state).iterate({
    enter: ({ type, from, to }) => {
      if (!type.isError || found.length >= MOST_FAULTS) return;
      const after = Math.max(to, from + 1);
      found.push({
        from,
        to: after <= end ? after : from,
        severity: "error",
        message: "This is where the text stops being valid JavaScript.",
      });
    },
  });
  return found;
}

const LANGUAGES: Record<string, Extension> = {
  json: [json(), autocompletion({ override: [complete] }), documentation],
  javascript: [javascript(), autocompletion(), linter(syntaxFaults)],
};

/** What every editor can do. */
const BASICS: Extension = [
  lineNumbers(),
  highlightActiveLineGutter(),
  foldGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  syntaxHighlighting(classHighlighter),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  lintGutter(),
  // Tab indents; after Escape it moves on, which the line below the editor says.
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
  EditorView.lineWrapping,
];

const HELP =
  "Ctrl-Space completes, Ctrl-F searches. " +
  "To leave the editor with the keyboard, press Escape, then Tab.";

/** The nonce of this page, for the styles that the editor adds. */
const nonce = () =>
  document.querySelector<HTMLScriptElement>("script[src='/pkg/editor.js']")?.nonce ?? "";

/** Puts an editor of a language, `json` or else JavaScript, in place of a textarea. */
export function editCode(
  area: HTMLTextAreaElement,
  language: string,
  onChange: () => void,
): EditorView {
  const label = document.querySelector<HTMLLabelElement>(`label[for="${area.id}"]`);
  const attributes = {
    "aria-label": label?.textContent ?? "",
    id: `${area.id}-editor`,
    tabindex: "0",
  };
  const extensions = [
    BASICS,
    LANGUAGES[language] ?? LANGUAGES.javascript ?? [],
    EditorView.cspNonce.of(nonce()),
    EditorView.contentAttributes.of(attributes),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      area.value = update.state.doc.toString();
      onChange();
    }),
  ];
  const view = new EditorView({ state: EditorState.create({ doc: area.value, extensions }) });
  area.hidden = true;
  area.after(view.dom, make("p", { className: "help", textContent: HELP }));
  // Links to the field lead to the editor now.
  label?.addEventListener("click", () => view.focus());
  return view;
}

/** Shows problems that the server found. */
export const showProblems = (view: EditorView, problems: Diagnostic[]) =>
  view.dispatch(setDiagnostics(view.state, problems));

/** Formats JSON, or says why that can't be done. */
export function format(view: EditorView): string | null {
  try {
    const text = JSON.stringify(JSON.parse(view.state.doc.toString()), null, 4);
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    return null;
  } catch (reason) {
    return (reason as Error).message;
  }
}

/** Brings a place into view and puts the cursor there. */
export function jump(view: EditorView, place: { from: number; to: number }) {
  view.dispatch({
    selection: { anchor: place.from, head: place.to },
    effects: EditorView.scrollIntoView(place.from, { y: "center" }),
  });
  view.focus();
}
