// Elements without markup: text is only ever set as text, addresses are checked, handlers are functions.

const ADDRESS = /^(https?:|mailto:|tel:)/i;

/** An address a link may open; anything else (javascript:, data:, …) is none. */
export function safeAddress(address) {
  try {
    const url = new URL(String(address));
    return ADDRESS.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** `h("p", {class: "x", onclick: f}, "text", node)`: strings become text nodes, null and false vanish. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) {
      if (typeof value !== "function") throw new TypeError(`${name} must be a function`);
      node.addEventListener(name.slice(2), value);
    } else if (name === "dataset") {
      Object.assign(node.dataset, value);
    } else if (name === "value" || name === "checked" || name === "selected" || name === "open") {
      node[name] = value;
    } else if (name === "href") {
      const address = safeAddress(value);
      if (address) {
        node.setAttribute("href", address);
        node.setAttribute("target", "_blank");
        node.setAttribute("rel", "noopener noreferrer");
      }
    } else if (["srcdoc", "style", "innerhtml"].includes(name.toLowerCase())) {
      throw new TypeError(`${name} is not set here`);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...flat(children));
  return node;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Replace all children. */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
}

export function initials(name) {
  const words = name.replace(/^Dr\.\s*/, "").split(/\s+/);
  return words.slice(0, 2).map((word) => word[0]).join("");
}
