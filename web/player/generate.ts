// Runs a protocol generator: one function of the child and its past sessions that returns frames and a sequence.

/** A generator of numbers from a seed (mulberry32), so that a reload makes the same protocol again. */
function seeded(seed) {
  let state = Number(BigInt.asUintN(32, BigInt(Math.trunc(seed))));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** An object whose members are also reached by `get`, as published generators do. */
const gettable = (members) =>
  Object.assign(
    Object.create({
      get(name) {
        return this[name];
      },
    }),
    members,
  );

/** A deep copy by the name that the original's documentation uses. */
const extend = (...args) =>
  Object.assign(
    args[0] === true ? args[1] : args[0],
    ...args.slice(args[0] === true ? 2 : 1).map((source) => structuredClone(source)),
  );

/** Gives back the protocol as JSON, or throws. */
export async function generate(code, about) {
  const { child, past_sessions, seed } = JSON.parse(about);
  // Comments and blank lines in front would end the `return` early.
  const expression = code.replace(/^(\s+|\/\/[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)+/, "");
  const url = URL.createObjectURL(
    new Blob([`export default (() => { return ${expression}\n})();`], { type: "text/javascript" }),
  );
  const random = Math.random;
  globalThis.Ember ??= { $: { extend } };
  try {
    const { default: generator } = await import(url);
    if (typeof generator !== "function")
      throw new TypeError("The generator is not a single function.");
    Math.random = seeded(seed);
    const made = generator(
      gettable({
        givenName: child.given_name,
        birthday: new Date(`${child.birthday}T00:00:00Z`),
        gender: child.gender,
        ageAtBirth: child.age_at_birth,
        additionalInformation: child.additional_information,
        languageList: child.language_list,
        conditionList: child.condition_list,
        id: child.hashed_id,
        deleted: false,
      }),
      // This visit comes first, still empty.
      [
        {
          conditions: {},
          completed_consent_frame: false,
          exp_data: {},
          sequence: [],
          completed: false,
        },
        ...past_sessions,
      ].map((session) =>
        gettable({
          createdOn: new Date(session.created_on ?? Date.now()),
          conditions: session.conditions,
          expData: session.exp_data,
          sequence: session.sequence,
          completed: session.completed,
          completedConsentFrame: session.completed_consent_frame,
          globalEventTimings: [],
        }),
      ),
    );
    if (!made || !Object.hasOwn(made, "frames") || !Object.hasOwn(made, "sequence"))
      throw new TypeError("The generator returned no object with frames and sequence.");
    return JSON.stringify({ frames: made.frames, sequence: made.sequence });
  } finally {
    Math.random = random;
    URL.revokeObjectURL(url);
  }
}
