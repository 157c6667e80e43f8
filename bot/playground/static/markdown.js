// The standard Markdown of a `markdown` block: headings, lists, tables, quotes, code, emphasis, links.

import { h, safeAddress } from "./dom.js";

const INLINE = /(`+)([^`]|[^`][\s\S]*?[^`])\1|\[([^\]]+)\]\(([^()\s]+)\)|\*\*([\s\S]+?)\*\*|__([\s\S]+?)__|~~([\s\S]+?)~~|(?<![\p{L}\p{N}*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_([^_\s](?:[^_]*[^_\s])?)_(?![\p{L}\p{N}_])/gu;

export function markdown(text) {
  const nodes = [];
  const rows = String(text).replace(/\r\n?/g, "\n").split("\n");
  while (rows.length) {
    const take = [fence, heading, rule, quote, table, list, paragraph].map((each) => each).find((each) => each.fits(rows));
    nodes.push(take.take(rows));
  }
  return nodes.filter(Boolean);
}

const fence = {
  fits: (rows) => rows[0].startsWith("```"),
  take(rows) {
    rows.shift();
    const inside = [];
    while (rows.length && !rows[0].startsWith("```")) inside.push(rows.shift());
    rows.shift();
    return h("pre", { class: "pre" }, inside.join("\n"));
  },
};
const heading = {
  fits: (rows) => /^#{1,6}\s/.test(rows[0]),
  take(rows) {
    const [, marks, words] = rows.shift().match(/^(#{1,6})\s+(.*)$/);
    return h("p", { class: `md-heading md-h${marks.length}`, role: "heading", "aria-level": marks.length + 2 }, ...inline(words));
  },
};
const rule = {
  fits: (rows) => /^\s*(-{3,}|\*{3,}|_{3,})\s*$/.test(rows[0]),
  take: (rows) => (rows.shift(), h("hr")),
};
const quote = {
  fits: (rows) => /^>\s?/.test(rows[0]),
  take(rows) {
    const inside = [];
    while (rows.length && /^>\s?/.test(rows[0])) inside.push(rows.shift().replace(/^>\s?/, ""));
    return h("blockquote", { class: "quote" }, ...markdown(inside.join("\n")));
  },
};
const table = {
  fits: (rows) => rows[0].includes("|") && /^\s*\|?[\s:|-]*-[\s:|-]*$/.test(rows[1] ?? ""),
  take(rows) {
    const head = cells(rows.shift());
    rows.shift();
    const body = [];
    while (rows.length && rows[0].includes("|")) body.push(cells(rows.shift()));
    const line = (tag, row) => h("tr", {}, row.map((each) => h(tag, {}, ...inline(each))));
    return h("div", { class: "table-wrap", tabindex: "0" }, h("table", {}, h("thead", {}, line("th", head)), h("tbody", {}, body.map((row) => line("td", row)))));
  },
};
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const list = {
  fits: (rows) => ITEM.test(rows[0]),
  take(rows) {
    const [, indent, mark] = rows[0].match(ITEM);
    const node = h(/\d/.test(mark) ? "ol" : "ul");
    if (/\d/.test(mark)) node.start = parseInt(mark, 10);
    while (rows.length && ITEM.test(rows[0]) && rows[0].match(ITEM)[1].length >= indent.length) {
      if (rows[0].match(ITEM)[1].length > indent.length) (node.lastChild ?? node).append(list.take(rows));
      else node.append(h("li", {}, ...inline(rows.shift().match(ITEM)[3])));
    }
    return node;
  },
};
const paragraph = {
  fits: () => true,
  take(rows) {
    const inside = [rows.shift()];
    if (!inside[0].trim()) return null;
    const others = [fence, heading, rule, quote, table, list];
    while (rows.length && rows[0].trim() && !others.some((each) => each.fits(rows))) inside.push(rows.shift());
    return h("p", {}, inside.flatMap((line, index) => (index ? [h("br"), ...inline(line)] : inline(line))));
  },
};

function cells(row) {
  return row.trim().replace(/^\||\|$/g, "").split("|").map((each) => each.trim());
}

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, , code, label, address, strong, strong2, strike, em, em2] = found;
    if (address && !safeAddress(address)) continue;
    nodes.push(unslash(text.slice(from, found.index)));
    if (code !== undefined) nodes.push(h("code", {}, code.trim()));
    else if (address) nodes.push(h("a", { href: address }, ...inline(label)));
    else if (strong ?? strong2) nodes.push(h("strong", {}, ...inline(strong ?? strong2)));
    else if (strike) nodes.push(h("s", {}, ...inline(strike)));
    else nodes.push(h("em", {}, ...inline(em ?? em2)));
    from = found.index + all.length;
  }
  nodes.push(unslash(text.slice(from)));
  return nodes;
}

function unslash(text) {
  return text.replace(/\\([\\`*_{}[\]()#+.!~>|-])/g, "$1");
}
