// From a path such as `frames.trials.frameList[2].kind` to its place in the text, and back.
import { syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";

export interface Place {
  from: number;
  to: number;
}

function unquoted(state: EditorState, node: SyntaxNode): string {
  try {
    return JSON.parse(state.sliceDoc(node.from, node.to));
  } catch {
    return state.sliceDoc(node.from + 1, node.to - 1);
  }
}

function member(state: EditorState, object: SyntaxNode, name: string): SyntaxNode | null {
  for (const property of object.getChildren("Property")) {
    const key = property.getChild("PropertyName");
    if (key && unquoted(state, key) === name) return property;
  }
  return null;
}

const VALUES = ["Object", "Array", "String", "Number", "True", "False", "Null"];
const valueIn = (property: SyntaxNode) =>
  VALUES.map((kind) => property.getChild(kind)).find((node) => node !== null) ?? null;

function elements(array: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = array.firstChild; child; child = child.nextSibling) {
    if (VALUES.includes(child.name)) found.push(child);
  }
  return found;
}

/** A place that is said in lines and columns, as faults of the syntax are. */
function placeOfColumn(state: EditorState, lineNumber: number, column: number): Place {
  const line = state.doc.line(Math.min(lineNumber, state.doc.lines));
  const from = Math.min(line.from + Math.max(0, column - 1), line.to);
  return { from: Math.max(line.from, from - 1), to: from };
}

/** One step along a path: where it leads, the value there, and what is left of the path. */
interface Step {
  place: Place;
  node: SyntaxNode | null;
  rest: string;
}

function intoArray(array: SyntaxNode, path: string): Step | null {
  const index = /^\[(\d+)\]\.?/.exec(path);
  const node = index && elements(array)[Number(index[1])];
  if (!node) return null;
  const to = node.name === "Object" ? node.from + 1 : node.to;
  return { place: { from: node.from, to }, node, rest: path.slice(index[0].length) };
}

function intoObject(state: EditorState, object: SyntaxNode, path: string): Step | null {
  // Nicknames may hold full stops, so the longest name that fits is tried first.
  const ends = [path.length, ...[...path.matchAll(/[.[]/g)].map((match) => match.index).reverse()];
  for (const end of ends) {
    const property = member(state, object, path.slice(0, end));
    const key = property?.getChild("PropertyName");
    if (!property || !key) continue;
    const place = { from: key.from, to: key.to };
    return { place, node: valueIn(property), rest: path.slice(end).replace(/^\./, "") };
  }
  return null;
}

/**
 * The place of a path. A place in lines and columns works too; of a path that leads nowhere the
 * part that does is taken.
 */
export function placeOf(state: EditorState, path: string): Place | null {
  const position = /^line (\d+), column (\d+)$/.exec(path);
  if (position) return placeOfColumn(state, Number(position[1]), Number(position[2]));
  let node: SyntaxNode | null = syntaxTree(state).topNode.firstChild;
  if (!node) return null;
  let place: Place = { from: node.from, to: Math.min(node.to, node.from + 1) };
  let rest = path;
  while (rest !== "" && node) {
    let step: Step | null = null;
    if (node.name === "Array") step = intoArray(node, rest);
    else if (node.name === "Object") step = intoObject(state, node, rest);
    if (!step) break;
    ({ place, node, rest } = step);
  }
  return place;
}

/** The object around a position that has a `kind`, with that kind; for completion. */
export function frameAt(
  state: EditorState,
  position: number,
): { kind: string; object: SyntaxNode } | null {
  let node: SyntaxNode | null = syntaxTree(state).resolveInner(position, -1);
  for (; node; node = node.parent) {
    if (node.name !== "Object") continue;
    const value = member(state, node, "kind")?.getChild("String");
    if (value) return { kind: unquoted(state, value), object: node };
  }
  return null;
}

export const nameOf = (state: EditorState, property: SyntaxNode) => {
  const key = property.getChild("PropertyName");
  return key ? unquoted(state, key) : "";
};
