// Block Kit to DOM nodes, one function a block. A block this page does not know is shown as such, never dropped.

import { chart } from "./charts.js";
import { h } from "./dom.js";
import { element } from "./elements.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { emojify, mrkdwn } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** A text object: mrkdwn is read, plain_text is words. */
export function textNodes(text, context) {
  if (!text) return [];
  if (typeof text === "string") return [text];
  if (text.type === "mrkdwn") return mrkdwn(text.text, context.names);
  return [text.emoji === false ? text.text : emojify(text.text)];
}

const BLOCKS = {
  header: (block, context) =>
    h("h3", { class: "b-header", dataset: { level: block.level ?? 1 } }, ...textNodes(block.text, context)),
  divider: () => h("hr", { class: "b-divider" }),
  section,
  context: (block, context) =>
    h("div", { class: "b-context" }, block.elements.map((each) => contextPart(each, context))),
  actions: (block, context) =>
    h("div", { class: "b-actions" }, block.elements.map((each) => element(each, block, context))),
  context_actions: (block, context) =>
    h("div", { class: "b-actions b-context-actions" }, block.elements.map((each) => element(each, block, context))),
  image: (block, context) =>
    h("figure", { class: "b-image" },
      block.title && h("figcaption", {}, ...textNodes(block.title, context)),
      picture(block)),
  markdown: (block) => h("div", { class: "b-markdown" }, ...markdown(block.text)),
  rich_text: (block, context) => h("div", { class: "b-rich" }, ...richText(block.elements, context)),
  table,
  data_visualization: chart,
  container,
  input,
  alert: (block, context) =>
    h("div", { class: `b-alert b-alert-${block.level ?? "default"}`, role: "note" }, ...textNodes(block.text, context)),
};

/** `context`: names(id), act(element, block, value), values, editing (in a modal), errors. */
export function blocks(list, context) {
  return list.map((block) => {
    const render = BLOCKS[block?.type];
    try {
      return render ? render(block, context) : unknown("block", block);
    } catch {
      return unknown("block", block);
    }
  });
}

export function unknown(noun, value) {
  const kind = value && typeof value === "object" ? value.type : value;
  return h("div", { class: "b-unknown" },
    h("strong", {}, `Unknown ${noun}: ${String(kind)}`),
    h("pre", { class: "pre" }, JSON.stringify(value, null, 2)));
}

function section(block, context) {
  const accessory = block.accessory;
  return h("div", { class: "b-section", dataset: { accessory: accessory ? accessory.type : "none" } },
    h("div", { class: "b-section-main" },
      block.text && h("div", { class: "b-text" }, ...textNodes(block.text, context)),
      block.fields && h("div", { class: "b-fields" },
        block.fields.map((field) => h("div", { class: "b-text" }, ...textNodes(field, context))))),
    accessory && h("div", { class: "b-accessory" },
      accessory.type === "image" ? picture(accessory) : element(accessory, block, context)));
}

function contextPart(part, context) {
  if (part.type === "image") return picture(part);
  if (part.type !== "mrkdwn" && part.type !== "plain_text") return unknown("element", part);
  return h("span", { class: "b-context-text" }, ...textNodes(part, context));
}

/** Nothing is fetched from outside: a picture is shown as its description, with its address to open. */
function picture(image) {
  const words = image.alt_text || "picture";
  return image.image_url
    ? h("a", { class: "b-picture", href: image.image_url, title: "Pictures are not fetched here" }, icon("picture"), words)
    : h("span", { class: "b-picture" }, icon("picture"), words);
}

function table(block, context) {
  const settings = block.column_settings ?? [];
  const cell = (tag) => (each, column) => {
    const align = settings[column]?.align ?? "left";
    const words = each.type === "rich_text" ? richText(each.elements, context) : [String(each.text ?? each.value ?? "")];
    return h(tag, { class: `align-${align}`, scope: tag === "th" ? "col" : null }, ...words);
  };
  const [first, ...rest] = block.rows;
  return h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", {},
      h("thead", {}, h("tr", {}, first.map(cell("th")))),
      h("tbody", {}, rest.map((row) => h("tr", {}, row.map(cell("td")))))));
}

function container(block, context) {
  const title = block.title ? textNodes(block.title, context) : richText(block.rich_text_title?.elements ?? [], context);
  const head = [
    h("span", { class: "b-container-title" }, ...title),
    block.subtitle && h("span", { class: "b-container-subtitle" }, ...textNodes(block.subtitle, context)),
  ];
  const body = h("div", { class: "b-container-body" }, ...blocks(block.child_blocks, context));
  if (!block.is_collapsible) return h("section", { class: "b-container" }, h("div", { class: "b-container-head" }, ...head), body);
  return h("details", { class: "b-container", open: !block.default_collapsed, dataset: { fold: block.block_id ?? "" } },
    h("summary", { class: "b-container-head" }, ...head), body);
}

function input(block, context) {
  const id = `input-${context.key}-${block.block_id}`;
  const error = context.errors?.[block.block_id];
  const control = element(block.element, block, { ...context, inputId: id, described: error ? `${id}-error` : null });
  return h("div", { class: "b-input" },
    h("label", { class: "b-label", for: id }, ...textNodes(block.label, context),
      block.optional && h("span", { class: "b-optional" }, " (optional)")),
    control,
    block.hint && h("div", { class: "b-hint" }, ...textNodes(block.hint, context)),
    error && h("div", { class: "b-error", id: `${id}-error`, role: "alert" }, error));
}
