// The left side: who acts, the channels, the direct message, and the theme.

import { fill, h, initials } from "./dom.js";
import { icon } from "./icons.js";
import { actAs, channelTitle, isUnread, lookAt, person, remember, remembered, store } from "./store.js";

const THEMES = { auto: "dark", dark: "light", light: "auto" };

export function avatar(id, small = false) {
  const who = person(id) ?? { name: "?", role: "bot" };
  return h("span", { class: `avatar role-${who.role} ${small ? "avatar-small" : ""}`, "aria-hidden": "true" },
    id === store.boot.bot.id ? icon("bot") : initials(who.name));
}

export function renderSidebar(root) {
  const rooms = store.state.channels.filter((each) => each.kind !== "im");
  const direct = store.state.channels.filter((each) => each.kind === "im");
  fill(root,
    h("div", { class: "brand" },
      h("img", { src: "/static/icon.svg", alt: "", width: 28, height: 28 }),
      h("div", {}, h("div", { class: "brand-name" }, store.boot.team), h("div", { class: "brand-note" }, "Playground on this machine"))),
    actor(),
    h("h2", { class: "side-title" }, "Channels"),
    h("ul", { class: "rooms" }, rooms.map(room)),
    h("h2", { class: "side-title" }, "Direct message"),
    h("ul", { class: "rooms" }, direct.map(room)),
    h("div", { class: "side-foot" },
      h("button", { type: "button", class: "ghost", id: "theme", onclick: nextTheme }, themeWords())));
}

function actor() {
  const select = h("select", { id: "act-as", class: "act-as", onchange: () => actAs(select.value) },
    store.boot.actors.map((id) => {
      const who = person(id);
      return h("option", { value: id, selected: id === store.actor }, who.handle[0].toUpperCase() + who.handle.slice(1));
    }));
  const who = person(store.actor);
  return h("div", { class: "actor" },
    avatar(store.actor),
    h("div", { class: "actor-main" },
      h("label", { for: "act-as" }, "Act as"),
      select,
      h("div", { class: "actor-note" }, who.name, h("br"), who.title)));
}

function room(channel) {
  const isHere = channel.id === store.channel;
  const sign = { channel: () => "#", group: () => icon("lock"), im: () => icon("bot") }[channel.kind]();
  return h("li", {}, h("button", {
    type: "button", class: "room", dataset: { channel: channel.id, unread: isUnread(channel.id) ? "yes" : "no" },
    "aria-current": isHere ? "page" : null,
    onclick: () => { document.body.dataset.pane = "conversation"; lookAt(channel.id); },
  }, h("span", { class: "room-sign", "aria-hidden": "true" }, sign), h("span", { class: "room-name" }, channelTitle(channel)),
  channel.shared && h("span", { class: "tag" }, "shared"),
  isUnread(channel.id) && h("span", { class: "dot", "aria-label": "new messages" })));
}

function themeWords() {
  return { auto: "Theme: as system", dark: "Theme: dark", light: "Theme: light" }[remembered("theme") ?? "auto"];
}

export function applyTheme() {
  document.documentElement.dataset.theme = remembered("theme") ?? "auto";
}

function nextTheme(event) {
  remember("theme", THEMES[remembered("theme") ?? "auto"]);
  applyTheme();
  event.target.textContent = themeWords();
}
