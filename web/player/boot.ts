// Starts the player. It is a file of its own because the page's policy allows no script inside it.
import { generate } from "./generate.js";
import init, { open, open_pane, type Trials } from "./player.js";

const ready = init({ module_or_path: "/player/player_bg.wasm" });

async function play(opening: Promise<Trials | undefined>) {
  const trials = await opening;
  if (trials) await (await import("./jspsych.js")).play(trials);
}

function fail(reason: unknown) {
  console.error(reason);
  const main = document.querySelector("main");
  if (main) {
    main.innerHTML = `<h1>This browser can't show the study</h1>
<p>Please try again with a current version of Firefox, Chrome, Edge or Safari.</p>`;
  }
}

/** Keeps what is played from taking the cursor out of the page around it, where somebody writes. */
function leaveCursorAlone() {
  const { focus } = HTMLElement.prototype;
  HTMLElement.prototype.focus = function (options) {
    if (document.hasFocus()) focus.call(this, options);
  };
}

/**
 * The preview pane of the editor, a frame of the page at `site`: says when it is ready, and plays
 * what it is sent, once. Every message names the `turn` of this page's address, so that the editor
 * can tell it from a page that this one replaced.
 */
function awaitPreview(site: string) {
  leaveCursorAlone();
  const turn = new URLSearchParams(location.search).get("turn") ?? "";
  const tell = (message: object) => window.parent.postMessage({ ...message, turn }, site);
  window.addEventListener("message", async function take(event: MessageEvent) {
    const isPreview = event.data?.type === "lookit-preview" && event.data.turn === turn;
    if (event.origin !== site || event.source !== window.parent || !isPreview) return;
    window.removeEventListener("message", take);
    try {
      await ready;
      const onEntry = (entry: string) => tell({ type: "lookit-entry", entry });
      await play(open_pane(event.data.document, event.data.from ?? "", generate, onEntry));
      tell({ type: "lookit-shown" });
    } catch (reason) {
      fail(reason);
    }
  });
  tell({ type: "lookit-ready" });
}

const { site } = document.body.dataset;
if (site) awaitPreview(site);
else ready.then(() => play(open(generate))).catch(fail);
