// Completion and documentation of frame kinds and their members, from the schemas that the server
// checks with.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { type EditorView, hoverTooltip } from "@codemirror/view";
import { make } from "./dom.js";
import { frameAt, nameOf } from "./paths.js";

interface Member {
  name: string;
  shape: string;
  is_required: boolean;
  meaning: string;
}

interface Kind {
  name: string;
  is_played: boolean;
  members: Member[];
}

const element = document.querySelector("#frame-kinds");
const { common, kinds }: { common: Member[]; kinds: Kind[] } = element
  ? JSON.parse(element.textContent ?? "{}")
  : { common: [], kinds: [] };

/** Kinds that stand for other frames. */
const GROUPS: Record<string, string> = { group: "several frames in a row", choice: "a randomizer" };

const GROUP_MEMBERS: Member[] = [
  {
    name: "frameList",
    shape: "a list of frames",
    is_required: true,
    meaning: "the frames of a group, or of each parameter set",
  },
  {
    name: "commonFrameProperties",
    shape: "an object",
    is_required: false,
    meaning: "members that all of them have",
  },
  {
    name: "sampler",
    shape: "text",
    is_required: false,
    meaning: "random-parameter-set, permute or select",
  },
  {
    name: "parameterSets",
    shape: "a list of objects",
    is_required: false,
    meaning: "what a random-parameter-set chooses from",
  },
  {
    name: "parameterSetWeights",
    shape: "a list of numbers",
    is_required: false,
    meaning: "how often each is chosen",
  },
  {
    name: "frameOptions",
    shape: "a list of frames",
    is_required: false,
    meaning: "what permute and select take from",
  },
  {
    name: "whichFrames",
    shape: "a number or a list",
    is_required: false,
    meaning: "which options select takes, from 0",
  },
];

const membersOf = (kind: string) => [
  ...common,
  ...(kind in GROUPS ? GROUP_MEMBERS : (kinds.find((known) => known.name === kind)?.members ?? [])),
];

const kindOptions = (): Completion[] => [
  ...kinds.map(({ name, is_played }) => ({
    label: name,
    type: "class",
    detail: is_played ? "" : "can't be shown yet",
  })),
  ...Object.entries(GROUPS).map(([label, detail]) => ({ label, detail, type: "keyword" })),
];

const samplerOptions = (): Completion[] =>
  ["random-parameter-set", "permute", "select"].map((label) => ({ label, type: "keyword" }));

const memberOption = ({ name, shape, meaning, is_required }: Member): Completion => ({
  label: name,
  type: "property",
  detail: shape,
  info: meaning,
  boost: is_required ? 1 : 0,
});

/** What may stand at the cursor: a member's name, or a value where the values are known. */
export function complete(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/"[\w-]*/);
  if (!word && !context.explicit) return null;
  const from = word ? word.from + 1 : context.pos;
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  const property = [node.parent, node].find((near) => near?.name === "Property");
  if (node.name === "String" && property) {
    const name = nameOf(context.state, property);
    if (name === "kind") return { from, options: kindOptions() };
    return name === "sampler" ? { from, options: samplerOptions() } : null;
  }
  const frame = frameAt(context.state, context.pos);
  const members = frame ? membersOf(frame.kind) : common;
  return { from, options: members.map(memberOption), validFor: /^[\w-]*$/ };
}

/** What is known of a member of the frame at a position. */
function linesOfMember(view: EditorView, position: number, name: string): string[] {
  const frame = frameAt(view.state, position);
  const member = membersOf(frame?.kind ?? "").find((known) => known.name === name);
  if (!member) return [];
  const need = member.is_required ? ", needed" : "";
  return [`${member.name}: ${member.shape}${need}`, member.meaning];
}

function linesOfKind(name: string): string[] {
  const kind = kinds.find((known) => known.name === name);
  if (!kind) return name in GROUPS ? [name, GROUPS[name] ?? ""] : [];
  const note = kind.is_played ? "" : " (can't be shown yet)";
  return [name + note, ...kind.members.map((member) => `${member.name}: ${member.meaning}`)];
}

/** What a kind or a member means, when the pointer rests on it. */
export const documentation = hoverTooltip((view, position) => {
  const node = syntaxTree(view.state).resolveInner(position, 1);
  const text = view.state.sliceDoc(node.from + 1, node.to - 1);
  let lines: string[] = [];
  if (node.name === "PropertyName") lines = linesOfMember(view, position, text);
  else if (node.name === "String") lines = linesOfKind(text);
  const [title, ...more] = lines;
  if (title === undefined) return null;
  return {
    pos: node.from,
    end: node.to,
    create: () => {
      const paragraphs = more.map((line) => make("p", { textContent: line }));
      const heading = make("strong", { textContent: title });
      return { dom: make("div", { className: "doc-tip" }, heading, ...paragraphs) };
    },
  };
});
