// Runs a jsPsych experiment: loads what its code names, runs the code as it was written, and hands every trial over to be kept.

const folder = "/player/jspsych/";

function load(file) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), {
      src: folder + file,
      async: false,
      onload: resolve,
      onerror: () => reject(new Error(`${file} could not be loaded`)),
    });
    document.head.append(script);
  });
}

/** The code itself; of a whole page the scripts that stand in it, since plugins are ours to load. */
export function codeOf(text) {
  if (!text.trimStart().startsWith("<")) return text;
  const page = new DOMParser().parseFromString(text, "text/html");
  return [...page.querySelectorAll("script:not([src])")]
    .map((script) => script.textContent)
    .join("\n");
}

function card(title, text) {
  const main = document.createElement("main");
  main.className = "player-card";
  main.tabIndex = -1;
  main.append(
    Object.assign(document.createElement("h1"), { textContent: title }),
    Object.assign(document.createElement("p"), { textContent: text }),
  );
  document.body.replaceChildren(main);
  main.focus();
  return main;
}

/** Shows how saving stands while it does not go well; jsPsych owns the body, so it stands beside it. */
function watchSaving(trials) {
  const line = Object.assign(document.createElement("div"), {
    className: "jspsych-saving",
    hidden: true,
  });
  line.setAttribute("role", "status");
  document.documentElement.append(line);
  const words = {
    waiting: "Offline. Your answers are kept on this computer and sent later.",
    risky: "Offline. Please keep this page open until this line is gone.",
    ended: "This visit has run out of time.",
  };
  setInterval(() => {
    const text = words[trials.saving()] ?? "";
    line.hidden = text === "";
    if (line.textContent !== text) line.textContent = text;
  }, 500);
}

export async function play(trials) {
  const stop = (reason) => {
    console.error(reason);
    card(
      "This study stopped",
      trials.is_preview
        ? String(reason?.message ?? reason)
        : `Something in it is broken. Please tell the researchers: ${trials.contact}`,
    );
  };
  let ending;
  const finish = () => (ending ??= end(trials));
  if (trials.is_finished) return finish();
  const code = codeOf(trials.code);
  const plugins = await (await fetch(`${folder}plugins.json`)).json();
  const style = Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: `${folder}jspsych.css`,
  });
  document.head.append(style);
  await load("jspsych.js");
  for (const plugin of plugins.filter((plugin) => new RegExp(`\\b${plugin.global}\\b`).test(code)))
    await load(plugin.file);
  const initialise = window.initJsPsych;
  window.initJsPsych = (options = {}) =>
    initialise({
      ...options,
      on_data_update: (data) => {
        if (!trials.trial(JSON.stringify(data)))
          console.error("a trial's data is no object and was not kept", data);
        options.on_data_update?.(data);
      },
      on_finish: async (data) => {
        await options.on_finish?.(data);
        await finish();
      },
    });
  // What the experiment may know of the visit.
  window.lookit = JSON.parse(trials.about);
  watchSaving(trials);
  window.addEventListener("error", (event) => stop(event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => stop(event.reason));
  document.body.replaceChildren();
  document.body.className = "jspsych-display-element";
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    await import(url);
  } catch (reason) {
    stop(reason);
  }
}

async function end(trials) {
  card(
    "Thank you!",
    trials.is_preview
      ? "This is the end of the preview."
      : "Your last answers are on their way. This page goes on by itself.",
  );
  const address = await trials.finish();
  if (!address) return;
  if (trials.is_preview)
    document
      .querySelector("main")
      ?.append(
        Object.assign(document.createElement("a"), {
          className: "player-button",
          href: address,
          textContent: "Back to the study",
        }),
      );
  else window.location.assign(address);
}
