// The admin's small view of the audit log: who asked what kind of thing, when, and what came of it. Never text.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf, store } from "./store.js";

const COLUMNS = ["time", "asker", "surface", "mechanisms", "sites", "outcome", "edition", "rid"];
const NAMES = { rid: "request id" };

export async function openAudit() {
  const body = h("div", { class: "audit-body" }, "Reading…");
  const close = () => { dialog.close(); dialog.remove(); };
  const dialog = h("dialog", { class: "modal modal-wide", "aria-label": "Audit log", oncancel: close },
    h("header", { class: "modal-head" }, h("h2", {}, "Audit log"),
      h("button", { type: "button", class: "btn btn-small", onclick: () => load(body) }, "Refresh"),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, icon("close"))),
    h("p", { class: "audit-note" }, "Every answer is recorded before it leaves. The record holds ids and what was understood, never the words typed."),
    body);
  document.body.append(dialog);
  dialog.showModal();
  await load(body);
}

async function load(body) {
  try {
    const { entries } = await get(`/ui/audit?user=${encodeURIComponent(store.actor)}`);
    fill(body, entries.length ? table(entries) : "Nothing has been asked yet.");
  } catch {
    fill(body, "The audit log cannot be read just now.");
  }
}

function table(entries) {
  return h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Audit entries" },
    h("table", { class: "audit-table" },
      h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, NAMES[name] ?? name)))),
      h("tbody", {}, entries.map((entry) => h("tr", { dataset: { outcome: String(entry.outcome ?? "") } },
        COLUMNS.map((name) => h("td", { class: `audit-${name}` }, show(name, entry[name]))))))));
}

function show(name, value) {
  if (value === null || value === undefined || value === "") return "–";
  if (name === "asker") return nameOf(value) ?? String(value);
  if (name === "time") {
    const at = new Date(typeof value === "number" && value < 1e12 ? value * 1000 : value);
    return Number.isNaN(at.getTime()) ? String(value) : at.toLocaleString([], { dateStyle: "short", timeStyle: "medium" });
  }
  return Array.isArray(value) ? value.join(", ") || "–" : String(value);
}
