// The bot's own place: its Home tab and, in the conversation with it, the prompts that it suggests.

import { post } from "./api.js";
import { blocks } from "./blocks.js";
import { sendText } from "./composer.js";
import { fill, h } from "./dom.js";
import { askConfirm, fieldOf } from "./modal.js";
import { changed, nameOf, store } from "./store.js";

const TABS = [["home", "Home"], ["messages", "Messages"]];
let opened = ""; // the person and tab that the bot was told of last
let shown = ""; // what the Home was drawn from

/** The two tabs of the conversation with the bot; hidden elsewhere. */
export function renderTabs(node, channel) {
  node.hidden = channel.kind !== "im";
  const here = node.hidden ? "" : `${store.actor}/${store.tab}`;
  if (here && here !== opened) post("/ui/home", { user: store.actor, tab: store.tab });
  opened = here;
  if (node.hidden) return;
  fill(node, TABS.map(([tab, words]) => h("button", {
    type: "button", class: "tab", role: "tab", id: `tab-${tab}`, "aria-selected": String(store.tab === tab),
    "aria-controls": tab === "home" ? "home" : "messages",
    onclick: () => { store.tab = tab; changed(); document.getElementById(`tab-${tab}`)?.focus(); },
  }, words)));
}

/** The Home tab, drawn again only when the bot published another one. */
export function renderHome(node, channel) {
  node.hidden = channel.kind !== "im" || store.tab !== "home";
  const home = store.state.home;
  const print = JSON.stringify([store.actor, home?.id, home?.hash]);
  if (node.hidden || print === shown) return;
  shown = print;
  const focused = document.activeElement?.closest(".home") ? document.activeElement.dataset.action : null;
  fill(node, home ? blocks(home.payload.blocks, contextOf(home)) : h("p", { class: "home-empty" }, "CRE Bot has not published a Home yet."));
  if (focused) node.querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function contextOf(home) {
  return {
    key: home.id, names: nameOf, values: home.values, confirm: askConfirm, fill: () => {},
    act: (element, block, value) =>
      post("/ui/act", { user: store.actor, view_id: home.id, action_id: fieldOf(block, element), value }),
  };
}

/** What the bot suggests to ask, above the message box of its conversation. */
export function renderPrompts(node, channel) {
  const offered = channel.kind === "im" && store.tab === "messages" ? store.state.prompts : null;
  node.hidden = !offered;
  if (!offered) return;
  fill(node, h("span", { class: "prompts-title" }, offered.title),
    offered.prompts.map((each) => h("button", { type: "button", class: "prompt", onclick: () => sendText(each.message) }, each.title)));
}
