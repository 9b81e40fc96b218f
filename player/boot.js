// Starts the player. It is a file of its own because the page's policy allows no script inside it.
import init from "/player/player.js";

init({ module_or_path: "/player/player_bg.wasm" }).catch((reason) => {
  console.error(reason);
  const main = document.querySelector("main");
  if (main) {
    main.innerHTML = "<h1>This browser can't show the study</h1><p>Please try again with a current version of Firefox, Chrome, Edge or Safari.</p>";
  }
});
