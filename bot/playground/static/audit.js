// The admin's panel of the audit log: who asked what kind of thing and what came of it (never text), what that adds up
// to, whether the log is whole, and what it looks like when it is not.

import { get, post } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf, store } from "./store.js";

const COLUMNS = ["time", "asker", "surface", "mechanisms", "sites", "outcome", "edition", "rid"];
const NAMES = { rid: "request id" };
const TAMPERINGS = {
  edit: "Change an outcome", remove: "Remove an entry", swap: "Exchange two entries", cut: "Cut off the end",
};

export async function openAudit() {
  const body = h("div", { class: "audit-body" }, "Reading…");
  const close = () => { dialog.close(); dialog.remove(); };
  const views = store.boot.has_desk ? { Entries: entries, Insights: insights, Verify: verify } : { Entries: entries };
  const tabs = Object.entries(views).map(([name, show]) =>
    h("button", { type: "button", class: "btn btn-small", "aria-pressed": "false", onclick: () => choose(name, show) }, name));
  const choose = (name, show) => {
    for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.textContent === name));
    fill(body, "Reading…");
    return show(body);
  };
  const dialog = h("dialog", { class: "modal modal-wide", "aria-label": "Audit log", oncancel: close },
    h("header", { class: "modal-head" }, h("h2", {}, "Audit log"),
      h("div", { class: "audit-tabs", role: "group", "aria-label": "Views" }, tabs),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, icon("close"))),
    h("p", { class: "audit-note" }, "Every answer is recorded before it leaves. The record holds ids and what was understood, never the words typed. Looking here is recorded too. In Slack: /cre audit"),
    body);
  document.body.append(dialog);
  dialog.showModal();
  await choose("Entries", entries);
}

async function entries(body) {
  try {
    const found = await get(`/ui/audit?user=${encodeURIComponent(store.actor)}`);
    fill(body, found.entries.length ? table(found.entries) : "Nothing has been asked yet.");
  } catch {
    fill(body, "The audit log cannot be read just now.");
  }
}

async function ask(body, what, more = {}) {
  const found = await post(`/ui/audit/${what}`, { user: store.actor, ...more });
  if (!found) fill(body, "The audit log cannot be read just now.");
  return found;
}

async function insights(body) {
  const found = await ask(body, "insights");
  if (!found) return;
  const picture = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(found.svg)}`;
  fill(body,
    h("img", { class: "audit-picture", src: picture, alt: found.figures.join(" ") }),
    h("details", { open: innerWidth <= 760 }, h("summary", {}, "The same in words"),
      h("ul", {}, found.figures.map((line) => h("li", {}, line))),
      found.tables.map(([name, counts]) => h("div", {}, h("h3", { class: "b-header" }, name),
        h("ul", {}, Object.entries(counts).map(([word, count]) => h("li", {}, `${word}: ${count}`)))))));
}

async function verify(body) {
  const found = await ask(body, "verify");
  if (!found) return;
  const shown = h("div", { class: "audit-demo-result", role: "status" });
  fill(body,
    verdict("The log as it is", found),
    h("section", { class: "audit-demo", "aria-label": "Demonstration" },
      h("h3", { class: "b-header" }, "Demonstration: tamper with a copy"),
      h("p", {}, "This changes a copy of the log, as somebody with the store's password could, and lets verify look at it. The log itself is not touched, and the copy is removed."),
      h("div", { class: "b-actions" }, Object.entries(TAMPERINGS).map(([kind, label]) =>
        h("button", { type: "button", class: "btn", dataset: { kind }, onclick: () => tamper(shown, kind) }, label))),
      shown));
}

async function tamper(shown, kind) {
  fill(shown, "Copying, tampering, verifying…");
  const found = await ask(shown, "tamper", { kind });
  if (!found) return;
  if (found.error) {
    fill(shown, found.error);
    return;
  }
  fill(shown,
    h("p", {}, h("strong", {}, "Demonstration. "), found.done, " Where: ", h("code", {}, found.place)),
    h("p", {}, `Before, the copy was ${WORDS[found.before.verdict]}.`),
    verdict(found.found ? "Verify names that very place" : "Verify found it elsewhere", found.after));
}

const WORDS = { clean: "whole", tampered: "not as it was written", incomplete: "whole as far as it could be checked" };

function verdict(title, found) {
  const checked = found.checked.map(({ what, count }) => h("li", {}, `${count} ${what}`));
  return h("section", { class: "audit-verdict", dataset: { verdict: found.verdict } },
    h("h3", { class: "b-header" }, `${title}: ${WORDS[found.verdict] ?? found.verdict}`),
    found.wrong.length > 0 && h("ol", {}, found.wrong.map(({ place, problem }) => h("li", {}, h("code", {}, place), " ", problem))),
    found.wrong_total > found.wrong.length && h("p", {}, `and ${found.wrong_total - found.wrong.length} more`),
    found.unchecked.length > 0 && h("p", {}, `Could not be checked: ${found.unchecked.join("; ")}`),
    h("details", {}, h("summary", {}, "What was checked"), h("ul", {}, checked)));
}

function table(rows) {
  return h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Audit entries" },
    h("table", { class: "audit-table" },
      h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, NAMES[name] ?? name)))),
      h("tbody", {}, rows.map((entry) => h("tr", { dataset: { outcome: String(entry.outcome ?? "") } },
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
