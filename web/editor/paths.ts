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

const values = ["Object", "Array", "String", "Number", "True", "False", "Null"];
const valueOf = (property: SyntaxNode) =>
  values.map((kind) => property.getChild(kind)).find((node) => node !== null) ?? null;

function elements(array: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = array.firstChild; child; child = child.nextSibling)
    if (values.includes(child.name)) found.push(child);
  return found;
}

/** The place of a path. A place in lines and columns works too; of a path that leads nowhere the part that does is taken. */
export function placeOf(state: EditorState, path: string): Place | null {
  const position = /^line (\d+), column (\d+)$/.exec(path);
  if (position) {
    const line = state.doc.line(Math.min(Number(position[1]), state.doc.lines));
    const from = Math.min(line.from + Math.max(0, Number(position[2]) - 1), line.to);
    return { from: Math.max(line.from, from - 1), to: from };
  }
  let node: SyntaxNode | null = syntaxTree(state).topNode.firstChild;
  if (!node) return null;
  let place: Place = { from: node.from, to: Math.min(node.to, node.from + 1) };
  // Nicknames may hold full stops, so the longest name that fits is tried first.
  let rest = path;
  while (rest !== "" && node) {
    const index: RegExpExecArray | null = /^\[(\d+)\]\.?/.exec(rest);
    if (index && node.name === "Array") {
      node = elements(node)[Number(index[1])] ?? null;
      rest = rest.slice(index[0].length);
      if (node) place = { from: node.from, to: node.name === "Object" ? node.from + 1 : node.to };
      continue;
    }
    if (node.name !== "Object") break;
    const ends: number[] = [
      rest.length,
      ...[...rest.matchAll(/[.[]/g)].map((match) => match.index).reverse(),
    ];
    const end: number | undefined = ends.find(
      (end) => member(state, node!, rest.slice(0, end)) !== null,
    );
    if (end === undefined) break;
    const property: SyntaxNode = member(state, node, rest.slice(0, end))!;
    const key = property.getChild("PropertyName")!;
    place = { from: key.from, to: key.to };
    node = valueOf(property);
    rest = rest.slice(end).replace(/^\./, "");
  }
  return place;
}

/** The object around a position that has a `kind`, with that kind; for completion. */
export function frameAt(
  state: EditorState,
  position: number,
): { kind: string; object: SyntaxNode } | null {
  for (
    let node: SyntaxNode | null = syntaxTree(state).resolveInner(position, -1);
    node;
    node = node.parent
  ) {
    if (node.name !== "Object") continue;
    const property = member(state, node, "kind");
    const value = property?.getChild("String");
    if (value) return { kind: unquoted(state, value), object: node };
  }
  return null;
}

export const nameOf = (state: EditorState, property: SyntaxNode) => {
  const key = property.getChild("PropertyName");
  return key ? unquoted(state, key) : "";
};
