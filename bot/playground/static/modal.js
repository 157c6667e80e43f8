// Modals: the topmost view of the acting person, and the small "are you sure" of a confirm object.

import { post } from "./api.js";
import { blocks, textNodes } from "./blocks.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf, store } from "./store.js";

let shown = null; // {id, print, dialog, values}

export function renderModal() {
  const view = store.state.views.at(-1);
  const print = view ? JSON.stringify([view.id, view.hash, view.errors]) : null;
  if (shown?.print === print) return;
  const typed = shown && view && shown.id === view.id ? shown.values : {};
  if (shown) {
    shown.dialog.close();
    shown.dialog.remove();
    shown = null;
  }
  if (view) shown = { id: view.id, print, values: typed, dialog: open(view, typed) };
}

function open(view, typed) {
  const { payload } = view;
  const context = {
    key: view.id, names: nameOf, values: withTyped(view, typed), errors: view.errors, confirm: askConfirm,
    fill: (element, block, value) => {
      typed[fieldOf(block, element)] = value;
      if (block.dispatch_action) context.act(element, block, value);
    },
    act: (element, block, value) =>
      post("/ui/act", { user: store.actor, view_id: view.id, action_id: fieldOf(block, element), value }),
  };
  const close = () => post("/ui/close", { user: store.actor, view_id: view.id });
  const submit = async (event) => {
    event.preventDefault();
    if (!payload.submit) return;
    const missing = missingInputs(payload, context.values, typed);
    if (missing.length) {
      fill(lacking, `Please complete: ${missing.join(", ")}`);
      return;
    }
    await post("/ui/submit", { user: store.actor, view_id: view.id, values: typed });
  };
  const lacking = h("div", { class: "lacking", role: "alert" });
  const dialog = h("dialog", { class: "modal", "aria-label": payload.title?.text ?? "Form", oncancel: (event) => { event.preventDefault(); close(); } },
    h("form", { class: "modal-form", novalidate: true, onsubmit: submit },
      h("header", { class: "modal-head" }, h("h2", {}, ...textNodes(payload.title, context)),
        h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, icon("close"))),
      h("div", { class: "modal-body" }, ...blocks(payload.blocks, context)),
      h("footer", { class: "modal-foot" }, lacking,
        h("button", { type: "button", class: "btn", onclick: close }, ...(payload.close ? textNodes(payload.close, context) : ["Cancel"])),
        payload.submit && h("button", { type: "submit", class: "btn btn-primary" }, ...textNodes(payload.submit, context)))));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Two blocks of a form may use the same action_id. */
export function fieldOf(block, element) {
  return `${block.block_id}/${element.action_id}`;
}

/** The server's values, with what was typed since for fields that are still there. */
function withTyped(view, typed) {
  const values = structuredClone(view.values);
  for (const block of view.payload.blocks) {
    const kept = values[block.block_id]?.[block.element?.action_id];
    const field = block.element && fieldOf(block, block.element);
    if (kept && field in typed && "value" in kept) kept.value = typed[field];
  }
  return values;
}

function missingInputs(payload, values, typed) {
  return payload.blocks.filter((block) => block.type === "input" && !block.optional).filter((block) => {
    const field = fieldOf(block, block.element);
    const kept = values[block.block_id]?.[block.element.action_id] ?? {};
    const value = field in typed ? typed[field] : kept.value ?? kept.selected_option ?? kept.selected_options ?? kept.selected_date ?? kept.selected_time
      ?? kept.selected_user ?? kept.selected_conversation;
    return value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
  }).map((block) => block.label.text);
}

/** Ask before a dangerous press; resolves to the answer. */
export function askConfirm(confirm) {
  return new Promise((resolve) => {
    const context = { names: nameOf };
    const finish = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = h("dialog", { class: "modal modal-small", oncancel: (event) => { event.preventDefault(); finish(false); } },
      h("header", { class: "modal-head" }, h("h2", {}, ...textNodes(confirm.title, context))),
      h("div", { class: "modal-body" }, h("div", { class: "b-text" }, ...textNodes(confirm.text, context))),
      h("footer", { class: "modal-foot" },
        h("button", { type: "button", class: "btn", onclick: () => finish(false) }, ...textNodes(confirm.deny, context)),
        h("button", { type: "button", class: `btn btn-${confirm.style ?? "primary"}`, onclick: () => finish(true) }, ...textNodes(confirm.confirm, context))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
