// The plugins that an experiment may name, with links to their parameters.
import { make } from "./dom.js";

interface Plugin {
  name: string;
  global: string;
  version: string;
  description: string;
  docs: string;
}

function itemOf(plugin: Plugin): HTMLLIElement {
  const link = make("a", {
    href: plugin.docs,
    textContent: plugin.global,
    target: "_blank",
    rel: "noopener noreferrer",
  });
  const description = make("p", { className: "quiet-text", textContent: plugin.description });
  return make("li", {}, link, ` ${plugin.version}`, description);
}

/** Puts a list of plugins that can be searched in place of an element. */
export async function listPlugins(place: HTMLElement) {
  const answer = await fetch("/pkg/plugins.json").catch(() => null);
  if (!answer?.ok) return;
  const plugins: Plugin[] = await answer.json();
  const search = make("input", { type: "search", id: "plugin-search" });
  const label = make("label", { htmlFor: "plugin-search", textContent: "Plugins" });
  const list = make("ul", { className: "plugin-list" });
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = plugins.filter(({ name, global, description }) => {
      const text = `${name} ${global} ${description}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    list.replaceChildren(...found.map(itemOf));
  };
  search.addEventListener("input", show);
  show();
  place.replaceWith(make("div", { className: "field" }, label, search), list);
}
