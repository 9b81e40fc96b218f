// A code editor in place of a textarea. The textarea stays in the form and always holds the text, so that nothing depends on this.
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
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { complete, documentation } from "./kinds";

export type { Diagnostic };

/** Faults of the syntax, found by the parser of the editor: at most twenty, each where it is. */
function syntaxFaults(view: EditorView): Diagnostic[] {
  const found: Diagnostic[] = [];
  syntaxTree(view.state).iterate({
    enter: (node) => {
      if (node.type.isError && found.length < 20)
        found.push({
          from: node.from,
          to:
            Math.max(node.to, node.from + 1) <= view.state.doc.length
              ? Math.max(node.to, node.from + 1)
              : node.from,
          severity: "error",
          message: "This is where the text stops being valid JavaScript.",
        });
    },
  });
  return found;
}

export function editCode(
  area: HTMLTextAreaElement,
  language: string,
  onChange: () => void,
): EditorView {
  const nonce =
    (document.querySelector("script[src='/pkg/editor.js']") as HTMLScriptElement | null)?.nonce ??
    "";
  const label = document.querySelector(`label[for="${area.id}"]`)?.textContent ?? "";
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
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
        language === "json"
          ? [json(), autocompletion({ override: [complete] }), documentation]
          : [javascript(), autocompletion(), linter(syntaxFaults)],
        EditorView.lineWrapping,
        EditorView.cspNonce.of(nonce),
        EditorView.contentAttributes.of({
          "aria-label": label,
          id: `${area.id}-editor`,
          tabindex: "0",
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          onChange();
        }),
      ],
    }),
  });
  area.hidden = true;
  area.after(view.dom);
  view.dom.after(
    Object.assign(document.createElement("p"), {
      className: "help",
      textContent:
        "Ctrl-Space completes, Ctrl-F searches. To leave the editor with the keyboard, press Escape, then Tab.",
    }),
  );
  // Links to the field lead to the editor now.
  document
    .querySelector<HTMLLabelElement>(`label[for="${area.id}"]`)
    ?.addEventListener("click", () => view.focus());
  return view;
}

/** Shows problems that the server found. */
export const showProblems = (view: EditorView, problems: Diagnostic[]) =>
  view.dispatch(setDiagnostics(view.state, problems));

/** Lays JSON out anew, or says why that can't be done. */
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
