// Interactive elements. In a message each choice is sent at once; in a modal's input it waits for Submit.

import { textNodes, unknown } from "./blocks.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { store } from "./store.js";

const ELEMENTS = {
  button, icon_button: iconButton, feedback_buttons: feedback, overflow, static_select: staticSelect,
  multi_static_select: multiSelect, radio_buttons: (e, b, c) => choices(e, b, c, "radio"),
  checkboxes: (e, b, c) => choices(e, b, c, "checkbox"), plain_text_input: textInput, number_input: textInput,
  users_select: (e, b, c) => idSelect(e, b, c, store.boot.people.filter((each) => each.role !== "bot"), "selected_user"),
  conversations_select: (e, b, c) => idSelect(e, b, c, store.state.channels, "selected_conversation"),
  email_text_input: textInput, url_text_input: textInput, datepicker: textInput, timepicker: textInput,
};
const INPUT_TYPES = {
  number_input: "text", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time",
};

export function element(each, block, context) {
  return (ELEMENTS[each?.type] ?? ((value) => unknown("element", value)))(each, block, context);
}

function words(text, context) {
  return textNodes(text, context);
}

function kept(each, block, context) {
  return context.values?.[block.block_id]?.[each.action_id] ?? {};
}

/** Send a choice, after the confirm dialog if the element has one. */
async function send(each, block, context, value) {
  if (each.confirm && !(await context.confirm(each.confirm))) return false;
  await context.act(each, block, value);
  return true;
}

function button(each, block, context) {
  const press = () => send(each, block, context, each.value);
  const look = { class: `btn ${each.style ? `btn-${each.style}` : ""}`, dataset: { action: each.action_id }, "aria-label": each.accessibility_label };
  if (each.url) return h("a", { ...look, href: each.url, onclick: press }, ...words(each.text, context));
  return h("button", { ...look, type: "button", onclick: press }, ...words(each.text, context));
}

function iconButton(each, block, context) {
  return h("button", {
    class: "btn btn-small", type: "button", dataset: { action: each.action_id }, "aria-label": each.accessibility_label,
    onclick: () => send(each, block, context, each.value),
  }, icon("trash"), ...words(each.text, context));
}

function feedback(each, block, context) {
  const side = (key, sign) => h("button", {
    class: "btn btn-small", type: "button", dataset: { action: each.action_id, side: key },
    "aria-label": each[key].accessibility_label,
    onclick: () => send(each, block, context, each[key].value),
  }, icon(sign), ...words(each[key].text, context));
  return h("div", { class: "feedback", role: "group", "aria-label": "Feedback" },
    side("positive_button", "thumb_up"), side("negative_button", "thumb_down"));
}

function overflow(each, block, context) {
  const menu = h("details", { class: "overflow" },
    h("summary", { class: "btn btn-small", "aria-label": "More actions" }, "⋯"),
    h("div", { class: "overflow-menu" }, each.options.map((option) =>
      h("button", {
        type: "button", class: "overflow-item", dataset: { value: option.value },
        onclick: () => { menu.open = false; send(each, block, context, option.value); },
      }, ...words(option.text, context)))));
  return menu;
}

function optionNode(option, chosen) {
  return h("option", { value: option.value, selected: option.value === chosen }, option.text.text);
}

function staticSelect(each, block, context) {
  const chosen = kept(each, block, context).selected_option?.value;
  const options = each.option_groups
    ? each.option_groups.map((group) => h("optgroup", { label: group.label.text }, group.options.map((o) => optionNode(o, chosen))))
    : each.options.map((option) => optionNode(option, chosen));
  const placeholder = each.placeholder?.text ?? "Select an option";
  const node = h("select", {
    class: "select", id: context.inputId, dataset: { action: each.action_id },
    "aria-label": context.inputId ? null : placeholder, "aria-describedby": context.described,
    onchange: async () => {
      if (context.inputId) return context.fill(each, block, node.value || null);
      if (!(await send(each, block, context, node.value))) node.value = chosen ?? "";
    },
  }, h("option", { value: "", disabled: !context.inputId, selected: !chosen }, placeholder), options);
  return node;
}

/** Slack fills these itself: with its people, or with the conversations that the acting person sees. */
function idSelect(each, block, context, list, key) {
  const shown = { ...each, options: list.map(({ id, name }) => ({ value: id, text: { text: name } })) };
  const chosen = kept(each, block, context)[key];
  const values = { [block.block_id]: { [each.action_id]: { selected_option: chosen && { value: chosen } } } };
  return staticSelect(shown, block, { ...context, values });
}

function allOptions(each) {
  return each.option_groups ? each.option_groups.flatMap((group) => group.options) : each.options;
}

function multiSelect(each, block, context) {
  return choices({ ...each, options: allOptions(each) }, block, context, "checkbox");
}

function choices(each, block, context, type) {
  const before = kept(each, block, context);
  const chosen = new Set([before.selected_option, ...(before.selected_options ?? [])].filter(Boolean).map((o) => o.value));
  const group = `${context.key}-${block.block_id}-${each.action_id}`;
  const node = h("fieldset", { class: "choices", id: context.inputId, dataset: { action: each.action_id } },
    each.options.map((option) => h("label", { class: "choice" },
      h("input", { type, name: group, value: option.value, checked: chosen.has(option.value), onchange: changed }),
      h("span", {}, ...words(option.text, context),
        option.description && h("small", {}, ...words(option.description, context))))));
  function changed() {
    const values = [...node.querySelectorAll("input:checked")].map((box) => box.value);
    const value = type === "radio" ? values[0] : values;
    return context.inputId ? context.fill(each, block, value) : send(each, block, context, value);
  }
  return node;
}

function textInput(each, block, context) {
  const before = kept(each, block, context);
  const tag = each.multiline ? "textarea" : "input";
  const node = h(tag, {
    class: "field", id: context.inputId, dataset: { action: each.action_id },
    type: tag === "input" ? INPUT_TYPES[each.type] ?? "text" : null,
    inputmode: each.type === "number_input" ? "decimal" : null,
    placeholder: each.placeholder?.text, maxlength: each.max_length, "aria-describedby": context.described,
    "aria-label": context.inputId ? null : each.placeholder?.text ?? each.type, autocomplete: "off",
    value: before.value ?? before.selected_date ?? before.selected_time ?? "",
    oninput: () => context.inputId && context.fill(each, block, node.value),
    onchange: () => !context.inputId && send(each, block, context, node.value),
  });
  return node;
}
