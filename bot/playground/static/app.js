// The page: three panes drawn from one store. On a phone one pane at a time.

import { openAudit } from "./audit.js";
import { composer, sendText } from "./composer.js";
import { fill, h } from "./dom.js";
import { renderHome, renderPrompts, renderTabs } from "./home.js";
import { icon } from "./icons.js";
import { renderMessages } from "./messages.js";
import { renderModal } from "./modal.js";
import { applyTheme, renderSidebar } from "./sidebar.js";
import { begin, changed, channelNow, channelTitle, lookAt, markSeen, onChange, person, store } from "./store.js";

const sidebar = document.getElementById("sidebar");
const conversation = document.getElementById("conversation");
const side = document.getElementById("side");

const head = h("header", { class: "pane-head" });
const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "CRE Bot", hidden: true });
const home = h("div", { class: "scroll home", id: "home", role: "tabpanel", "aria-labelledby": "tab-home", tabindex: "0", hidden: true });
const prompts = h("div", { class: "prompts", role: "group", "aria-label": "Suggested questions", hidden: true });
const list = h("ol", { class: "messages" });
const welcome = h("div", { class: "welcome" });
const scroll = h("div", { class: "scroll", id: "messages", role: "log", "aria-label": "Messages", tabindex: "0" }, welcome, list);
const wait = h("div", { class: "waiting", role: "status", hidden: true }, h("span", { class: "dots", "aria-hidden": "true" }, "●●●"), " CRE Bot is asked…");
const mainBox = composer("composer-main", () => null);
const offline = h("div", { class: "offline", role: "alert" }, "Not connected. Start the playground again with `make run`.");

const sideList = h("ol", { class: "messages" });
const sideScroll = h("div", { class: "scroll", role: "log", "aria-label": "Thread messages", tabindex: "0" }, sideList);
const sideBox = composer("composer-thread", () => store.thread);
const sideHead = h("header", { class: "pane-head" });

fill(conversation, head, tabs, offline, home, scroll, wait, prompts, mainBox.root);
fill(side, sideHead, sideScroll, sideBox.root);

let examplesAsked = false;
let looked = { actor: null, all: new Set() }; // the messages drawn before, for this actor

function toPane(name) {
  document.body.dataset.pane = name;
}

function drawHead(channel) {
  const sign = channel.kind === "channel" ? "#" : "";
  fill(head,
    h("button", { type: "button", class: "icon-button only-phone", "aria-label": "Channels", onclick: () => toPane("sidebar") }, icon("menu")),
    h("div", { class: "pane-title" },
      h("h1", {}, channel.kind === "group" && icon("lock"), sign + channelTitle(channel)),
      h("div", { class: "pane-note" }, channel.kind === "im" ? "Direct message: no mention needed" : channel.purpose)),
    !(channel.kind === "im" && store.tab === "home") && h("button", { type: "button", class: "btn btn-small", id: "examples", onclick: () => { examplesAsked = !examplesAsked; changed(); scroll.scrollTop = 0; } }, "Examples"),
    store.boot.has_audit && person(store.actor).role === "admin" &&
      h("button", { type: "button", class: "btn btn-small", id: "audit", onclick: openAudit }, "Audit log"));
}

function drawWelcome(messages, channel) {
  const isFresh = messages.length === 0;
  welcome.hidden = !isFresh && !examplesAsked;
  if (welcome.hidden) return;
  const ask = (text) => {
    examplesAsked = false;
    sendText(channel.kind === "im" ? text.replace("@CRE Bot ", "") : text);
  };
  fill(welcome,
    h("h2", {}, "Ask about a CRE infection"),
    h("p", {}, "Name the resistance mechanism and the site of infection. CRE Bot answers with treatment options, doses and their sources. ",
      "This is a small Slack on your own machine: nothing leaves it."),
    h("ul", { class: "examples" }, store.boot.examples.map((each) => h("li", {}, h("button", {
      type: "button", class: "example", disabled: !channel.has_bot, onclick: () => ask(each.text),
    }, h("code", {}, each.text), h("span", {}, each.why))))),
    h("p", { class: "fine" }, "Options for a clinician’s decision. Do not enter patient names or numbers."));
}

function isAtEnd(node) {
  return node.scrollHeight - node.scrollTop - node.clientHeight < 80;
}

function draw() {
  const channel = channelNow();
  if (!channel) return;
  document.title = `${channelTitle(channel)} · CRE Bot playground`;
  renderSidebar(sidebar);
  drawHead(channel);
  const here = store.state.messages.filter((each) => each.channel === channel.id);
  const roots = here.filter((each) => !each.thread_ts || each.thread_ts === each.ts);
  openAnsweredThread(here);
  drawWelcome(roots, channel);
  const wasAtEnd = isAtEnd(scroll) || store.follow;
  if (list.dataset.channel !== channel.id) fill(list);
  const isOther = list.dataset.channel !== channel.id;
  list.dataset.channel = channel.id;
  const added = renderMessages(list, roots, { inThread: false });
  if ((added && wasAtEnd) || isOther) showLast(scroll, list);
  renderTabs(tabs, channel);
  renderHome(home, channel);
  renderPrompts(prompts, channel);
  scroll.hidden = mainBox.root.hidden = !home.hidden;
  wait.hidden = store.waiting === 0 || !home.hidden;
  mainBox.label();
  drawThread(here);
  renderModal();
  markSeen();
}

/** Where there is room, the answer to one's own mention opens beside it. */
function openAnsweredThread(here) {
  const before = looked;
  looked = { actor: store.actor, all: new Set(store.state.messages.map((each) => each.ts)) };
  if (before.actor !== store.actor || store.thread || innerWidth <= 760) return;
  const reply = here.findLast((each) => each.thread_ts && each.user === store.boot.bot.id && !before.all.has(each.ts));
  const root = reply && here.find((each) => each.ts === reply.thread_ts);
  if (root?.user === store.actor) store.thread = root.ts;
}

function drawThread(here) {
  const root = here.find((each) => each.ts === store.thread);
  side.hidden = !root;
  document.body.dataset.thread = root ? "open" : "none";
  if (!root) {
    if (document.body.dataset.pane === "side") toPane("conversation");
    return;
  }
  fill(sideHead,
    h("button", { type: "button", class: "icon-button only-phone", "aria-label": "Back", onclick: closeThread }, icon("back")),
    h("div", { class: "pane-title" }, h("h1", {}, "Thread"), h("div", { class: "pane-note" }, `#${channelTitle(channelNow())}`)),
    h("button", { type: "button", class: "icon-button not-phone", "aria-label": "Close thread", onclick: closeThread }, icon("close")));
  const isOther = sideList.dataset.thread !== root.ts;
  if (isOther) fill(sideList);
  sideList.dataset.thread = root.ts;
  const all = [root, ...here.filter((each) => each.thread_ts === root.ts && each.ts !== root.ts)];
  if (renderMessages(sideList, all, { inThread: true })) showLast(sideScroll, sideList);
  sideBox.label();
}

/** The end of the list, but never past the beginning of a long last answer. */
function showLast(pane, messages) {
  requestAnimationFrame(() => {
    const last = messages.lastElementChild;
    if (!last) return;
    const top = last.offsetTop - pane.offsetTop;
    pane.scrollTop = last.offsetHeight > pane.clientHeight - 40 ? top - 8 : pane.scrollHeight;
  });
}

function closeThread() {
  toPane("conversation");
  lookAt(store.channel, null);
  mainBox.box.focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && store.thread && !document.querySelector("dialog[open]")) closeThread();
  if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    const ids = store.state.channels.map((each) => each.id);
    const step = event.key === "ArrowDown" ? 1 : ids.length - 1;
    lookAt(ids[(ids.indexOf(store.channel) + step) % ids.length]);
  }
});

applyTheme();
onChange(draw);
begin().then(() => mainBox.box.focus({ preventScroll: true })).catch(() => { document.body.dataset.offline = "yes"; });
