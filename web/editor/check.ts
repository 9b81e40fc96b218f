// Asks the server what it thinks of the protocol while somebody writes, and shows it in the text
// and in the outline.
import type { EditorView } from "@codemirror/view";
import { type Diagnostic, showProblems } from "./code.js";
import { placeOf } from "./paths.js";

/** How long somebody has to pause, in ms. */
const PAUSE = 300;

/** A frame of one run: its id there, and the path of its definition. */
export interface Frame {
  id: string;
  kind: string;
  path: string;
}

interface Report {
  /** The outline. */
  html: string;
  frames: Frame[];
  problems: { severity: "error" | "warning"; path: string; message: string; remedy: string }[];
}

export class Check {
  private paths = new Map<string, string>();
  private timer = 0;
  private asked = 0;

  constructor(
    private readonly view: EditorView,
    private readonly address: string,
    private readonly outline: HTMLElement | null,
    private readonly onFrames: (frames: Frame[]) => void,
  ) {
    void this.ask();
  }

  /** The path of what a frame's id or a path names. */
  pathOf(name: string): string {
    return this.paths.get(name) ?? name;
  }

  /** Asks once nothing was typed for a moment. */
  soon() {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(), PAUSE);
  }

  private async ask() {
    this.asked += 1;
    const own = this.asked;
    const answer = await fetch(this.address, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: this.view.state.doc.toString(),
    }).catch(() => null);
    if (answer?.ok && own === this.asked) this.show(await answer.json());
  }

  private show({ html, frames, problems }: Report) {
    this.paths = new Map(frames.map((frame) => [frame.id, frame.path]));
    const found: Diagnostic[] = problems.map(({ severity, path, message, remedy }) => {
      const place = placeOf(this.view.state, this.pathOf(path)) ?? { from: 0, to: 0 };
      return { ...place, severity, message: `${message}. ${remedy}` };
    });
    showProblems(this.view, found);
    if (this.outline) this.outline.innerHTML = html;
    this.onFrames(frames);
  }
}
