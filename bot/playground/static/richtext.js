// The rich_text block: sections, lists, quotes, preformatted text, and their parts.

import { h } from "./dom.js";

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

export function richText(elements, context) {
  return elements.map((each) => {
    const parts = () => (each.elements ?? []).map((part) => piece(part, context));
    switch (each.type) {
      case "rich_text_section": return h("div", { class: "rich-section" }, parts());
      case "rich_text_quote": return h("blockquote", { class: "quote" }, parts());
      case "rich_text_preformatted": return h("pre", { class: "pre" }, parts());
      case "rich_text_list": return list(each, context);
      default: return h("div", { class: "b-unknown" }, `Unknown rich text: ${each.type}`);
    }
  });
}

function list(each, context) {
  const node = h(each.style === "ordered" ? "ol" : "ul", { class: `rich-list indent-${Math.min(each.indent ?? 0, 8)}` },
    each.elements.map((item) => h("li", {}, (item.elements ?? []).map((part) => piece(part, context)))));
  if (each.style === "ordered" && each.offset) node.start = each.offset + 1;
  return node;
}

function piece(part, context) {
  let node;
  switch (part.type) {
    case "text": node = document.createTextNode(part.text); break;
    case "link": node = h("a", { href: part.url }, part.text ?? part.url); break;
    case "user": node = h("span", { class: "mention" }, `@${context.names(part.user_id) ?? part.user_id}`); break;
    case "channel": node = h("span", { class: "mention" }, `#${context.names(part.channel_id) ?? part.channel_id}`); break;
    case "emoji": node = document.createTextNode(glyph(part)); break;
    case "date": node = h("time", {}, part.fallback ?? new Date(part.timestamp * 1000).toLocaleString()); break;
    default: node = document.createTextNode(`[unknown: ${part.type}]`);
  }
  for (const [style, tag] of Object.entries(TAGS)) if (part.style?.[style]) node = h(tag, {}, node);
  return node;
}

function glyph(part) {
  if (!part.unicode) return `:${part.name}:`;
  return String.fromCodePoint(...part.unicode.split("-").map((code) => parseInt(code, 16)));
}
