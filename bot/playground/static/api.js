// The page's only way to its server. Failures become words for a person.

import { h } from "./dom.js";

const WORDS = {
  http_timeout: "CRE Bot did not answer within 3 seconds.",
  connection_failed: "CRE Bot could not be reached. Is it running?",
  http_error: "CRE Bot answered with an error.",
  invalid_command_response: "CRE Bot sent a message that Slack would refuse.",
  invalid_errors: "CRE Bot named a field that is not in the form.",
  invalid_view: "CRE Bot sent a form that Slack would refuse.",
  invalid_response_action: "CRE Bot answered the form in a way Slack does not know.",
};

export async function get(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** POST, and say so when the bot did not acknowledge. Returns the answer, or null. */
export async function post(path, body) {
  let answer = null;
  try {
    const response = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(String(response.status));
    answer = await response.json();
  } catch {
    toast("The playground itself does not answer. Is `make run` still running?", "bad");
    return null;
  }
  if (answer.delivered && !answer.ok) {
    const retried = path === "/ui/say" ? "Slack tries again at once, after 1 and after 5 minutes." : "";
    toast([WORDS[answer.error] ?? `CRE Bot failed: ${answer.error}.`, retried, ...answer.why].filter(Boolean).join(" "), "bad");
  }
  return answer;
}

export function toast(words, kind = "info") {
  const note = h("div", { class: `toast toast-${kind}` }, h("span", {}, words),
    h("button", { type: "button", class: "toast-close", "aria-label": "Dismiss", onclick: () => note.remove() }, "×"));
  const place = document.getElementById("toasts");
  place.append(note);
  if (place.showPopover) { // above an open dialog too
    if (place.matches(":popover-open")) place.hidePopover();
    place.showPopover();
  }
  setTimeout(() => note.remove(), kind === "bad" ? 12000 : 5000);
}
