// What the player's module offers, which wasm-bindgen makes of `player/src/lib.rs`.

/** Turns a generator's code and what it may know, as JSON, into a protocol, as JSON. */
export type Generate = (code: string, about: string) => Promise<string>;

/** A jsPsych experiment, and where its trials go (`player/src/jspsych.rs`). */
export interface Trials {
  readonly about: string;
  readonly code: string;
  readonly contact: string;
  readonly is_finished: boolean;
  readonly is_preview: boolean;
  /** Ends the run once everything is stored, and says where to go from there. */
  finish(): Promise<string | undefined>;
  saving(): "saved" | "sending" | "waiting" | "risky" | "refused" | "ended";
  /** Keeps the data of a trial, given as JSON. What is not an object is refused. */
  trial(json: string): boolean;
}

export default function init(from: { module_or_path: string }): Promise<unknown>;

/** Plays the run of this address. A jsPsych experiment is returned, to be run by the page. */
export function open(generate: Generate): Promise<Trials | undefined>;

/** Plays an unsaved protocol from the frame whose definition has the path `from`. */
export function open_pane(
  document: string,
  from: string,
  generate: Generate,
  onEntry: (entry: string) => void,
): Promise<Trials | undefined>;
