// Slack's mrkdwn to DOM nodes. Emphasis needs a word's edge on both sides, so "2*3*4", "~30 min" and "a * b" stay.

import { h, safeAddress } from "./dom.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const EMOJI = {
  warning: "⚠️", white_check_mark: "✅", x: "❌", pill: "💊", hospital: "🏥", information_source: "ℹ️",
  no_entry: "⛔", no_entry_sign: "🚫", mag: "🔍", books: "📚", book: "📖", bulb: "💡", lock: "🔒", eyes: "👀",
  telephone_receiver: "📞", rotating_light: "🚨", heavy_check_mark: "✔️", thumbsup: "👍", thumbsdown: "👎",
  "+1": "👍", "-1": "👎", microbe: "🦠", syringe: "💉", test_tube: "🧪", stopwatch: "⏱️", calendar: "📅",
  clipboard: "📋", memo: "📝", link: "🔗", question: "❓", exclamation: "❗", droplet: "💧", kidney: "🫘",
};

export function unescapeEntities(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

export function emojify(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all);
}

/** `names(id)` says what to show for a user or channel id. */
export function mrkdwn(text, names) {
  const nodes = [];
  for (const [index, part] of String(text).split("```").entries()) {
    const isClosed = index % 2 === 1 && text.split("```").length > index + 1;
    if (isClosed) nodes.push(h("pre", { class: "pre" }, unescapeEntities(part.replace(/^\n/, ""))));
    else if (part) nodes.push(...lines(index % 2 ? "```" + part : part, names));
  }
  return nodes;
}

function lines(text, names) {
  const nodes = [];
  let quoted = null;
  let plain = null;
  for (const line of text.split("\n")) {
    const quote = line.match(/^(?:>|&gt;)\s?(?!(?:>|&gt;){2})(.*)$/);
    if (quote) {
      if (!quoted) nodes.push((quoted = h("blockquote", { class: "quote" })));
      else quoted.append(h("br"));
      quoted.append(...inline(quote[1], names));
      plain = null;
    } else {
      if (!plain) nodes.push((plain = h("span", { class: "line" })));
      else plain.append(h("br"));
      plain.append(...inline(line, names));
      quoted = null;
    }
  }
  return nodes;
}

function inline(text, names) {
  const nodes = [];
  let from = 0;
  let at = 0;
  const flush = (to) => {
    if (to > from) nodes.push(emojify(unescapeEntities(text.slice(from, to))));
  };
  while (at < text.length) {
    const found = codeAt(text, at) ?? tokenAt(text, at, names) ?? styleAt(text, at, names);
    if (found) {
      flush(at);
      nodes.push(found.node);
      from = at = found.end;
    } else {
      at += 1;
    }
  }
  flush(text.length);
  return nodes;
}

function codeAt(text, at) {
  if (text[at] !== "`") return null;
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { node: h("code", {}, unescapeEntities(text.slice(at + 1, end))), end: end + 1 };
}

function tokenAt(text, at, names) {
  if (text[at] !== "<") return null;
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  return { node: token(text.slice(at + 1, end), names), end: end + 1 };
}

function token(inside, names) {
  const [target, label] = split(inside, "|");
  if (/^[@#][A-Z0-9]+$/.test(target)) {
    const name = label || names(target.slice(1)) || target.slice(1);
    return h("span", { class: "mention" }, target[0] + name);
  }
  if (target.startsWith("!date^")) return localDate(target.split("^"), unescapeEntities(label || target));
  if (target.startsWith("!")) return h("span", { class: "mention loud" }, "@" + target.slice(1).split("^")[0]);
  const address = unescapeEntities(target);
  const words = unescapeEntities(label || target.replace(/^(mailto|tel):/, ""));
  return safeAddress(address) ? h("a", { href: address }, words) : document.createTextNode(`<${unescapeEntities(inside)}>`);
}

const DATES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { dateStyle: "long" }, date_pretty: { dateStyle: "long" },
  date_short: { dateStyle: "medium" }, date_short_pretty: { dateStyle: "medium" },
  date_long: { dateStyle: "full" }, date_long_pretty: { dateStyle: "full" },
  time: { timeStyle: "short" }, time_secs: { timeStyle: "medium" },
};

/** An instant in the reader's own time zone, as Slack shows it; the fallback where the format is not known. */
function localDate([, seconds, format = ""], fallback) {
  const at = new Date(Number(seconds) * 1000);
  const known = [...format.matchAll(/\{(\w+)\}/g)].every(([, name]) => name in DATES);
  if (!known || Number.isNaN(at.getTime())) return h("time", {}, fallback);
  const words = format.replace(/\{(\w+)\}/g, (_, name) => at.toLocaleString([], DATES[name]));
  return h("time", { datetime: at.toISOString(), title: fallback }, words);
}

function split(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function styleAt(text, at, names) {
  const mark = text[at];
  const tag = STYLES[mark];
  if (!tag || isWord(text[at - 1]) || text[at - 1] === mark) return null;
  if (!text[at + 1] || /[\s]/.test(text[at + 1]) || text[at + 1] === mark) return null;
  for (let end = at + 2; end < text.length; end += 1) {
    const skipped = codeAt(text, end) ?? tokenAt(text, end, names);
    if (skipped) {
      end = skipped.end - 1;
      continue;
    }
    if (text[end] === mark && !/\s/.test(text[end - 1]) && !isWord(text[end + 1]) && text[end + 1] !== mark) {
      return { node: h(tag, {}, ...inline(text.slice(at + 1, end), names)), end: end + 1 };
    }
  }
  return null;
}

function isWord(character) {
  return character !== undefined && WORD.test(character);
}
