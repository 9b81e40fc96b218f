// Completion and documentation of frame kinds and their members, from the schemas that the server checks with.
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { hoverTooltip } from "@codemirror/view";
import { frameAt, nameOf } from "./paths";

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
const GROUPS: Record<string, string> = { group: "several frames in a row", choice: "a randomizer" };
const STRUCTURE: Member[] = [
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
    shape: "a text",
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
  ...(kind in GROUPS ? STRUCTURE : (kinds.find((known) => known.name === kind)?.members ?? [])),
];

export function complete(context: CompletionContext): CompletionResult | null {
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  const word = context.matchBefore(/"[\w-]*/);
  if (!word && !context.explicit) return null;
  const from = word ? word.from + 1 : context.pos;
  const property =
    node.parent?.name === "Property" ? node.parent : node.name === "Property" ? node : null;
  const isValue = node.name === "String" && property !== null;
  if (isValue) {
    const name = nameOf(context.state, property);
    if (name === "kind")
      return {
        from,
        options: [
          ...kinds.map((kind) => ({
            label: kind.name,
            type: "class",
            detail: kind.is_played ? "" : "can't be shown yet",
          })),
          ...Object.entries(GROUPS).map(([label, detail]) => ({ label, detail, type: "keyword" })),
        ],
      };
    if (name === "sampler")
      return {
        from,
        options: ["random-parameter-set", "permute", "select"].map((label) => ({
          label,
          type: "keyword",
        })),
      };
    return null;
  }
  const frame = frameAt(context.state, context.pos);
  const members = frame ? membersOf(frame.kind) : common;
  return {
    from,
    options: members.map((member) => ({
      label: member.name,
      type: "property",
      detail: member.shape,
      info: member.meaning,
      boost: member.is_required ? 1 : 0,
    })),
    validFor: /^[\w-]*$/,
  };
}

/** What a kind or a member means, when the pointer rests on it. */
export const documentation = hoverTooltip((view, position) => {
  const node = syntaxTree(view.state).resolveInner(position, 1);
  const text = view.state.sliceDoc(node.from + 1, node.to - 1);
  let lines: string[] = [];
  if (node.name === "PropertyName") {
    const member = membersOf(frameAt(view.state, position)?.kind ?? "").find(
      (known) => known.name === text,
    );
    if (member)
      lines = [
        `${member.name}: ${member.shape}${member.is_required ? ", needed" : ""}`,
        member.meaning,
      ];
  } else if (node.name === "String") {
    const kind = kinds.find((known) => known.name === text);
    if (kind)
      lines = [
        kind.name + (kind.is_played ? "" : " (can't be shown yet)"),
        ...kind.members.map((member) => `${member.name}: ${member.meaning}`),
      ];
    else if (text in GROUPS) lines = [text, GROUPS[text]!];
  }
  if (lines.length === 0) return null;
  return {
    pos: node.from,
    end: node.to,
    create: () => {
      const dom = document.createElement("div");
      dom.className = "doc-tip";
      dom.append(
        ...lines.map((line, index) =>
          Object.assign(document.createElement(index === 0 ? "strong" : "p"), {
            textContent: line,
          }),
        ),
      );
      return { dom };
    },
  };
});
