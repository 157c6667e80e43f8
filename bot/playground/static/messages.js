// Messages: one row each, kept in the page while unchanged, so that an open menu or fold stays open.

import { get, post } from "./api.js";
import { blocks, unknown } from "./blocks.js";
import { askConfirm, fieldOf } from "./modal.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar } from "./sidebar.js";
import { lookAt, nameOf, person, store } from "./store.js";

const rows = new WeakMap(); // list node -> Map(ts -> {print, node})

/** Bring a list node up to date with messages; returns whether anything was added. */
export function renderMessages(list, messages, { inThread }) {
  const known = rows.get(list) ?? new Map();
  const next = new Map();
  let added = false;
  let replaced = null;
  const nodes = messages.map((message) => {
    const replies = inThread ? [] : repliesTo(message);
    const print = JSON.stringify([message, replies.length, replies.at(-1)?.ts, store.actor]);
    const old = known.get(message.ts);
    if (!old) added = true;
    const entry = old?.print === print ? old : { print, said: JSON.stringify(message.blocks), node: row(message, replies, inThread) };
    if (old && old.said !== entry.said) replaced = entry.node;
    next.set(message.ts, entry);
    return entry.node;
  });
  rows.set(list, next);
  const now = [...list.children];
  if (now.length !== nodes.length || now.some((node, index) => node !== nodes[index])) fill(list, ...nodes);
  if (replaced) showFromItsTop(replaced, list.parentElement);
  return added;
}

/** A message that now says something else (a question that became the answer) is read from its beginning. */
function showFromItsTop(node, pane) {
  const above = node.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  if (above < 0 || above > pane.clientHeight / 2) pane.scrollTop += above - 8;
}

export function repliesTo(message) {
  return store.state.messages.filter((each) => each.channel === message.channel && each.thread_ts === message.ts && each.ts !== message.ts);
}

function row(message, replies, inThread) {
  const who = person(message.user);
  const isBot = who.role === "bot";
  const name = message.notice ? "Slackbot" : who.name;
  const raw = h("div", { class: "raw", hidden: true });
  const node = h("li", {
    class: `message ${message.private ? "is-private" : ""} ${message.notice ? "is-notice" : ""}`,
    dataset: { ts: message.ts },
  },
  message.private && h("div", { class: "private-note" }, icon("eye"), "Only visible to you"),
  h("div", { class: "message-main" },
    message.notice ? h("span", { class: "avatar role-notice", "aria-hidden": "true" }, "!") : avatar(message.user),
    h("div", { class: "message-body" },
      h("div", { class: "message-head" },
        h("span", { class: "author" }, name),
        isBot && h("span", { class: "tag" }, "APP"),
        h("time", { class: "time", datetime: instant(message.ts).toISOString() }, clock(message.ts)),
        message.edited && h("span", { class: "time" }, "(edited)")),
      h("div", { class: "content" }, ...content(message)),
      replies.length > 0 && threadLink(message, replies),
      raw)),
  h("div", { class: "message-tools" },
    !inThread && !message.private && !message.thread_ts &&
      tool("reply", "Reply", "Reply in thread", () => openThread(message)),
    !message.private && !message.notice &&
      tool("ask", "Ask", "Ask CRE Bot about this", () => post("/ui/shortcut", { user: store.actor, channel: message.channel, ts: message.ts })),
    tool("code", "Raw", "Show the raw payload", (event) => toggleRaw(event.currentTarget, raw, message))));
  return node;
}

function tool(sign, words, title, press) {
  return h("button", { type: "button", class: "tool", title, "aria-label": title, onclick: press },
    icon(sign), h("span", { class: "tool-words" }, words));
}

function content(message) {
  const isTyped = person(message.user).role !== "bot" && message.user !== store.boot.bot.id;
  if (!message.blocks.length || message.notice) return [h("div", { class: "b-text" }, ...mrkdwn(message.text, nameOf))];
  if (isTyped && message.blocks.some((block) => block.type !== "rich_text")) return [unknown("message", message)];
  return blocks(message.blocks, contextOf(message));
}

function contextOf(message) {
  const kept = {}; // typed into an input of a message: the next press carries it
  return {
    key: message.ts,
    names: nameOf,
    values: message.values,
    confirm: askConfirm,
    fill: (element, block, value) => {
      kept[fieldOf(block, element)] = value;
      if (block.dispatch_action) return act(element, block, value);
    },
    act,
  };
  function act(element, block, value) {
    return post("/ui/act", { user: store.actor, channel: message.channel, ts: message.ts, action_id: fieldOf(block, element), value, kept });
  }
}

function threadLink(message, replies) {
  const people = [...new Set(replies.map((each) => each.user))].slice(0, 3);
  const words = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return h("button", { type: "button", class: "thread-link", onclick: () => openThread(message) },
    people.map((id) => avatar(id, true)), h("span", { class: "thread-count" }, words),
    h("span", { class: "time" }, `last ${clock(replies.at(-1).ts)}`));
}

export function openThread(message) {
  document.body.dataset.pane = "side";
  lookAt(message.channel, message.ts);
  document.getElementById("composer-thread")?.focus({ preventScroll: true });
}

async function toggleRaw(button, raw, message) {
  raw.hidden = !raw.hidden;
  button.setAttribute("aria-pressed", String(!raw.hidden));
  if (raw.hidden) return;
  const query = new URLSearchParams({ user: store.actor, channel: message.channel, ts: message.ts });
  const text = JSON.stringify(await get(`/ui/raw?${query}`), null, 2);
  const copy = h("button", { type: "button", class: "btn btn-small", onclick: () => navigator.clipboard?.writeText(text) }, "Copy");
  fill(raw, h("div", { class: "raw-head" }, h("strong", {}, "Raw payload"), h("span", { class: "time" }, `${text.length.toLocaleString("en")} characters`), copy),
    h("pre", { class: "pre", tabindex: "0" }, text));
}

function instant(ts) {
  return new Date(Number(ts) * 1000);
}

function clock(ts) {
  return instant(ts).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
