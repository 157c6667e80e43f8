// Small line icons, drawn here so that none depends on a font or on the network.

const PATHS = {
  lock: "M6 11V8a6 6 0 0 1 12 0v3M5 11h14v9H5z",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  reply: "M21 12a8 8 0 0 1-8 8H4l2.5-3A8 8 0 1 1 21 12z",
  code: "M9 7l-5 5 5 5M15 7l5 5-5 5",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  thumb_up: "M7 11l4-7c1.4 0 2.3 1 2.1 2.4L12.6 10H19l-1.6 9H7zM7 11H4v8h3",
  thumb_down: "M7 13l4 7c1.4 0 2.3-1 2.1-2.4L12.6 14H19l-1.6-9H7zM7 13H4V5h3",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
  ask: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17h.01",
  send: "M4 12l16-8-6 16-3-7z",
  menu: "M4 6h16M4 12h16M4 18h16",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  bot: "M12 5v14M5 12h14",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
