// Runs a jsPsych experiment: loads what its code names, runs the code as it was written, and hands
// every trial over to be kept.
import type { Trials } from "./player.js";

interface Plugin {
  name: string;
  global: string;
  file: string;
}

interface Options {
  on_data_update?: (data: object) => void;
  on_finish?: (data: object) => unknown;
}

declare global {
  interface Window {
    initJsPsych: (options?: Options) => unknown;
    /** What the experiment may know of the run. */
    lookit: unknown;
  }
}

const FOLDER = "/player/jspsych/";

/** How long a family has to read that something could not be sent, in ms. */
const TIME_TO_READ = 8000;

/** What is said while saving does not go well. */
const SAVING: Partial<Record<ReturnType<Trials["saving"]>, string>> = {
  waiting: "Offline. Your answers are kept on this device and sent later.",
  risky: "Offline. Please keep this page open until this line is gone.",
  refused: "Some of what was recorded is too large to be sent. Please tell the researchers.",
  ended: "This page has expired. New answers are kept on this device only.",
};

function load(file: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), {
      src: FOLDER + file,
      async: false,
      onload: resolve,
      onerror: () => reject(new Error(`${file} could not be loaded`)),
    });
    document.head.append(script);
  });
}

/** The code itself; of a whole page the scripts inside it, since plugins are ours to load. */
function codeOf(text: string): string {
  if (!text.trimStart().startsWith("<")) return text;
  const page = new DOMParser().parseFromString(text, "text/html");
  const scripts = [...page.querySelectorAll("script:not([src])")];
  return scripts.map((script) => script.textContent).join("\n");
}

/** jsPsych, and those plugins that the code names. */
async function loadLibraries(code: string) {
  const plugins: Plugin[] = await (await fetch(`${FOLDER}plugins.json`)).json();
  const style = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: `${FOLDER}jspsych.css`,
  });
  document.head.append(style);
  await load("jspsych.js");
  for (const { global, file } of plugins) {
    if (new RegExp(`\\b${global}\\b`).test(code)) await load(file);
  }
}

function card(title: string, text: string) {
  const main = document.createElement("main");
  main.className = "player-card";
  main.tabIndex = -1;
  main.append(
    Object.assign(document.createElement("h1"), { textContent: title }),
    Object.assign(document.createElement("p"), { textContent: text }),
  );
  document.body.replaceChildren(main);
  main.focus();
}

/** Shows how saving stands; jsPsych owns the body, so the line stands beside it. */
function watchSaving(trials: Trials) {
  const line = Object.assign(document.createElement("div"), {
    className: "jspsych-saving",
    hidden: true,
  });
  line.setAttribute("role", "status");
  document.documentElement.append(line);
  setInterval(() => {
    const text = SAVING[trials.saving()] ?? "";
    line.hidden = text === "";
    if (line.textContent !== text) line.textContent = text;
  }, 500);
}

/** Lets jsPsych tell of every trial and of the end, whatever the experiment asks it to do. */
function listen(trials: Trials, finish: () => Promise<void>) {
  const initialise = window.initJsPsych;
  window.initJsPsych = (options = {}) =>
    initialise({
      ...options,
      on_data_update: (data) => {
        if (!trials.trial(JSON.stringify(data))) {
          console.error("a trial's data is not an object and was not kept", data);
        }
        options.on_data_update?.(data);
      },
      on_finish: async (data) => {
        await options.on_finish?.(data);
        await finish();
      },
    });
}

function stop(trials: Trials, reason: unknown) {
  console.error(reason);
  const fault = String((reason as { message?: unknown } | undefined)?.message ?? reason);
  const text = `Something in it is broken. Please tell the researchers: ${trials.contact}`;
  card("This study stopped", trials.is_preview ? fault : text);
}

export async function play(trials: Trials) {
  let ending: Promise<void> | undefined;
  const finish = () => {
    ending ??= end(trials);
    return ending;
  };
  if (trials.is_finished) return finish();
  const code = codeOf(trials.code);
  await loadLibraries(code);
  listen(trials, finish);
  window.lookit = JSON.parse(trials.about);
  watchSaving(trials);
  window.addEventListener("error", (event) => stop(trials, event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => stop(trials, event.reason));
  document.body.replaceChildren();
  document.body.className = "jspsych-display-element";
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    await import(url);
  } catch (reason) {
    stop(trials, reason);
  }
}

async function end(trials: Trials) {
  const text = trials.is_preview
    ? "This is the end of the preview."
    : "Your last answers are on their way. This page will continue by itself.";
  card("Thank you!", text);
  const address = await trials.finish();
  if (!address) return;
  if (trials.saving() === "refused") {
    card("Thank you!", `${SAVING.refused} Everything else has arrived.`);
    await new Promise((resolve) => setTimeout(resolve, TIME_TO_READ));
  }
  if (!trials.is_preview) {
    window.location.assign(address);
    return;
  }
  const link = Object.assign(document.createElement("a"), {
    className: "player-button",
    href: address,
    textContent: "Back to the study",
  });
  document.querySelector("main")?.append(link);
}
