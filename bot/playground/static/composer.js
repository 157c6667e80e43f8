// The message box: Enter sends, Shift+Enter breaks the line; "/" offers commands, "@" offers people.

import { post, toast } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { changed, channelNow, channelTitle, refresh, store } from "./store.js";

const COMMANDS = [
  { insert: "/cre ", show: "/cre", why: "question about a CRE infection, answered privately" },
  { insert: "/cre help", show: "/cre help", why: "what it understands" },
];

/** A composer; `thread()` gives the thread it writes to, or null. */
export function composer(id, thread) {
  const listId = `${id}-suggestions`;
  let offers = [];
  let chosen = -1;
  const box = h("textarea", {
    id, class: "box", rows: 1, autocomplete: "off", spellcheck: "false", enterkeyhint: "send", maxlength: 40000,
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId,
    oninput: () => { grow(); offer(); },
    onkeydown: keys,
    onblur: () => setTimeout(hide, 150),
  });
  const menu = h("ul", { id: listId, class: "suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const button = h("button", { type: "button", class: "send", "aria-label": "Send", onclick: send }, icon("send"));
  const hint = h("div", { class: "hint" }, h("kbd", {}, "Enter"), " sends · ", h("kbd", {}, "/"), " command · ", h("kbd", {}, "@"), " mention");
  const root = h("div", { class: "composer" }, menu, h("div", { class: "box-row" }, box, button), hint);

  function grow() {
    box.rows = Math.min(8, box.value.split("\n").length);
    button.dataset.ready = box.value.trim() ? "yes" : "no";
  }

  function offer() {
    const before = box.value.slice(0, box.selectionStart);
    const mention = before.match(/(?:^|\s)@([\p{L} .]*)$/u);
    if (/^\/\S*( h\w*)?$/.test(before)) {
      offers = thread() ? [] : COMMANDS.filter((each) => each.show.startsWith(before.trimEnd()) && each.insert !== before);
    } else if (mention) {
      const typed = mention[1].toLowerCase();
      const people = [store.boot.bot, ...store.boot.people.filter((each) => each.role !== "bot" && each.id !== store.actor)];
      offers = people.filter((each) => each.name.toLowerCase().startsWith(typed)).slice(0, 5)
        .map((each) => ({ insert: `@${each.name} `, show: `@${each.name}`, why: each.title || each.role, drop: typed.length + 1 }));
      if (offers.some((each) => each.show.slice(1).toLowerCase() === typed)) offers = [];
    } else {
      offers = [];
    }
    chosen = offers.length ? 0 : -1;
    draw();
  }

  function draw() {
    menu.hidden = !offers.length;
    box.setAttribute("aria-expanded", String(!menu.hidden));
    menu.replaceChildren(...offers.map((each, index) => h("li", {
      role: "option", id: `${listId}-${index}`, "aria-selected": String(index === chosen),
      onmousedown: (event) => { event.preventDefault(); take(index); },
    }, h("strong", {}, each.show), h("span", {}, each.why))));
    if (chosen >= 0) box.setAttribute("aria-activedescendant", `${listId}-${chosen}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function hide() {
    offers = [];
    draw();
  }

  function take(index) {
    const { insert, drop } = offers[index];
    const end = box.selectionStart;
    const start = drop ? end - drop : 0;
    box.setRangeText(insert, start, end, "end");
    hide();
    grow();
    box.focus();
  }

  function keys(event) {
    if (event.isComposing) return;
    if (offers.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : offers.length - 1)) % offers.length;
      draw();
    } else if (offers.length && event.key === "Tab") {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Escape" && offers.length) {
      event.stopPropagation();
      hide();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (offers.length && !offers.some((each) => each.show === box.value.trim())) take(chosen);
      else send();
    }
  }

  async function send() {
    const text = box.value.trim();
    if (!text) return;
    if (text.startsWith("/") && thread()) {
      toast("Slash commands do not work in threads. Mention @CRE Bot instead.", "bad");
      return;
    }
    box.value = "";
    hide();
    grow();
    await sendText(text, thread());
    box.focus({ preventScroll: true });
  }

  grow();
  return {
    root,
    box,
    label() {
      const channel = channelNow();
      if (!channel) return;
      const place = channel.kind === "im" ? channelTitle(channel) : `#${channel.name}`;
      const words = thread() ? "Reply…  (mention @CRE Bot to ask)" : `Message ${place}`;
      box.placeholder = words;
      box.setAttribute("aria-label", thread() ? "Reply in thread" : words);
    },
  };
}

/** Send as the acting person; while the bot is asked, the page says that it waits. */
export async function sendText(text, thread = null) {
  const place = { user: store.actor, channel: store.channel };
  store.waiting += 1;
  store.follow = true;
  const slow = setTimeout(changed, 250);
  const before = fromBot(place.channel);
  try {
    const path = text.startsWith("/") ? "/ui/command" : "/ui/say";
    const answer = await post(path, { ...place, text, thread_ts: thread });
    if (path === "/ui/say" && answer?.delivered && answer.ok) setTimeout(() => remind(place, before), 8000);
    await refresh();
  } finally {
    clearTimeout(slow);
    store.waiting -= 1;
    setTimeout(() => { store.follow = store.waiting > 0; }, 3000); // a mention's answer comes after its acknowledgement
    changed();
  }
}

function fromBot(channel) {
  return store.state.messages.filter((each) => each.channel === channel && each.user === store.boot.bot.id).length;
}

function remind(place, before) {
  if (store.actor === place.user && fromBot(place.channel) <= before) toast("CRE Bot took the message but has not answered it.", "bad");
}
