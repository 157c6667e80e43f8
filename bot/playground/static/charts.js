// A data_visualization block as rows of bars, each with its number in words: the page needs no drawing library.

import { h } from "./dom.js";

export function chart(block) {
  const { title, chart: plot } = block;
  const rows = plot.type === "pie"
    ? plot.segments.map(({ label, value }) => ({ name: "", label, value }))
    : plot.series.flatMap(({ name, data }) => data.map((point) => ({ name: plot.series.length > 1 ? name : "", ...point })));
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return h("figure", { class: "b-chart" },
    h("figcaption", {}, title, plot.axis_config?.y_label && h("span", { class: "b-hint" }, ` (${plot.axis_config.y_label})`)),
    h("div", { class: "b-chart-rows" }, rows.flatMap(({ name, label, value }) => [
      h("span", { class: "b-chart-label" }, [name, label].filter(Boolean).join(" · ")),
      h("meter", { min: 0, max: most, value, "aria-label": `${label}: ${value}` }),
      h("span", {}, String(value)),
    ])));
}
