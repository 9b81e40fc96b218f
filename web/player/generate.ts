// Runs a protocol generator: one function of the child and its past sessions that returns frames
// and a sequence.

declare global {
  /** Published generators copy with `Ember.$.extend`. */
  var Ember: unknown;
}

/** What a generator may know, as the player hands it over. */
interface About {
  /** An id, and those attributes that the study declares. */
  child: Record<string, unknown>;
  age_days: number;
  past_sessions: PastSession[];
  seed: number;
}

interface PastSession {
  created_on?: string;
  conditions: object;
  exp_data: object;
  sequence: string[];
  completed: boolean;
  completed_consent_frame: boolean;
}

/** This run, which comes first among the past sessions, still empty. */
const thisRun = (): PastSession => ({
  conditions: {},
  completed_consent_frame: false,
  exp_data: {},
  sequence: [],
  completed: false,
});

/** Numbers from a seed (mulberry32), so that a reload makes the same protocol again. */
function seeded(seed: number): () => number {
  let state = Number(BigInt.asUintN(32, BigInt(Math.trunc(seed))));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** An object whose members are also reached by `get`, as published generators do. */
function gettable(members: object): object {
  const prototype = {
    get(this: Record<string, unknown>, name: string) {
      return this[name];
    },
  };
  return Object.assign(Object.create(prototype), members);
}

/** A deep copy, as the documentation of generators makes one: `extend(true, {}, source)`. */
function extend(...given: unknown[]): object {
  const [target, ...sources] = given[0] === true ? given.slice(1) : given;
  return Object.assign(target as object, ...sources.map((source) => structuredClone(source)));
}

function childOf({ child, age_days }: About): object {
  return gettable({
    ageInDays: Math.floor(age_days),
    givenName: child.given_name,
    birthday: child.birthday && new Date(`${child.birthday}T00:00:00Z`),
    gender: child.gender,
    ageAtBirth: child.age_at_birth,
    additionalInformation: child.additional_information,
    languageList: child.language_list,
    conditionList: child.condition_list,
    id: child.hashed_id,
    deleted: false,
  });
}

function sessionOf(session: PastSession): object {
  return gettable({
    createdOn: new Date(session.created_on ?? Date.now()),
    conditions: session.conditions,
    expData: session.exp_data,
    sequence: session.sequence,
    completed: session.completed,
    completedConsentFrame: session.completed_consent_frame,
    globalEventTimings: [],
  });
}

/** The address of a module whose default is the value of the code. */
function moduleOf(code: string): string {
  // Comments and blank lines in front would end the `return` early.
  const expression = code.replace(/^(\s+|\/\/[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)+/, "");
  const module = `export default (() => { return ${expression}\n})();`;
  return URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
}

/** The protocol that a generator makes, as JSON. */
export async function generate(code: string, about: string): Promise<string> {
  const told: About = JSON.parse(about);
  const url = moduleOf(code);
  const random = Math.random;
  globalThis.Ember ??= { $: { extend } };
  try {
    const { default: generator } = await import(url);
    if (typeof generator !== "function") {
      throw new TypeError("The generator is not a single function.");
    }
    Math.random = seeded(told.seed);
    const made = generator(childOf(told), [thisRun(), ...told.past_sessions].map(sessionOf));
    if (!made || !Object.hasOwn(made, "frames") || !Object.hasOwn(made, "sequence")) {
      throw new TypeError("The generator returned no object with frames and sequence.");
    }
    return JSON.stringify({ frames: made.frames, sequence: made.sequence });
  } finally {
    Math.random = random;
    URL.revokeObjectURL(url);
  }
}
