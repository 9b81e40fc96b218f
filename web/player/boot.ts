// Starts the player. It is a file of its own because the page's policy allows no script inside it.
import init, { open, open_pane } from "/player/player.js";
import { generate } from "/player/generate.js";

const ready = init({ module_or_path: "/player/player_bg.wasm" });

async function play(opening) {
  const trials = await opening;
  if (trials) await (await import("/player/jspsych.js")).play(trials);
}

function fail(reason) {
  console.error(reason);
  const main = document.querySelector("main");
  if (main) {
    main.innerHTML =
      "<h1>This browser can't show the study</h1><p>Please try again with a current version of Firefox, Chrome, Edge or Safari.</p>";
  }
}

const site = document.body.dataset.site;
if (site) {
  // The preview pane of the editor: it says when it is ready, and plays what the editor sends, once.
  const tell = (message) => window.parent.postMessage(message, site);
  window.addEventListener("message", async function take(event) {
    if (
      event.origin !== site ||
      event.source !== window.parent ||
      event.data?.type !== "lookit-preview"
    )
      return;
    window.removeEventListener("message", take);
    try {
      await ready;
      await play(
        open_pane(event.data.document, event.data.from ?? "", generate, (entry) =>
          tell({ type: "lookit-entry", entry }),
        ),
      );
      tell({ type: "lookit-shown" });
    } catch (reason) {
      fail(reason);
    }
  });
  tell({ type: "lookit-ready" });
} else {
  ready.then(() => play(open(generate))).catch(fail);
}
