// What the page knows: the people (once), what the acting person sees (after every change), and where they look.

import { get } from "./api.js";

export const store = {
  boot: null,
  state: { channels: [], messages: [], views: [] },
  actor: null,
  channel: null,
  tab: "messages", // of the conversation with the bot: "messages" or its "home"
  thread: null, // ts of the open thread, or null
  seen: {}, // channel -> ts of the newest message looked at
  follow: false, // something was just sent: show what comes of it
  waiting: 0, // requests under way that the bot should answer
};

const listeners = new Set();

export function onChange(listener) {
  listeners.add(listener);
}

export function changed() {
  for (const listener of listeners) listener();
}

export async function begin() {
  store.boot = await get("/ui/boot");
  const wanted = remembered("actor");
  store.actor = store.boot.actors.includes(wanted) ? wanted : store.boot.actors[0];
  store.channel = store.boot.start_channel;
  await refresh();
  markSeen();
  listen();
}

let running = null;
let again = false;

/** Fetch what the actor sees; calls during a fetch make one more, not many. */
export async function refresh() {
  if (running) {
    again = true;
    return running;
  }
  running = (async () => {
    do {
      again = false;
      const actor = store.actor;
      const state = await get(`/ui/state?user=${encodeURIComponent(actor)}`);
      if (actor === store.actor) store.state = state;
      else again = true;
    } while (again);
  })().finally(() => { running = null; });
  await running;
  if (!store.state.channels.some((each) => each.id === store.channel)) store.channel = store.state.channels[0]?.id;
  changed();
}

function listen() {
  const stream = new EventSource("/ui/stream");
  stream.onmessage = (event) => {
    document.body.dataset.offline = "no";
    if (Number(event.data) !== store.state.revision) refresh().catch(() => {});
  };
  stream.onerror = () => { document.body.dataset.offline = "yes"; };
}

export async function actAs(id) {
  store.actor = id;
  store.thread = null;
  remember("actor", id);
  await refresh();
  markSeen();
}

export function lookAt(channel, thread = null) {
  store.channel = channel;
  store.thread = thread;
  markSeen();
  changed();
}

export function markSeen() {
  store.seen[store.channel] = newest(store.channel);
}

export function newest(channel) {
  return store.state.messages.filter((each) => each.channel === channel).at(-1)?.ts ?? "";
}

export function isUnread(channel) {
  const last = store.state.messages.filter((each) => each.channel === channel && each.user !== store.actor).at(-1)?.ts ?? "";
  return channel !== store.channel && last > (store.seen[channel] ?? "");
}

export function person(id) {
  return store.boot.people.find((each) => each.id === id);
}

/** The name of a person or channel, for mentions. */
export function nameOf(id) {
  return person(id)?.name ?? store.boot.channels[id];
}

export function channelNow() {
  return store.state.channels.find((each) => each.id === store.channel);
}

export function channelTitle(channel) {
  return channel.kind === "im" ? store.boot.bot.name : channel.name;
}

export function remembered(key) {
  try {
    return localStorage.getItem(`cre-playground-${key}`);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`cre-playground-${key}`, value);
  } catch {
    // a private window: the choice lasts until the page is closed
  }
}
