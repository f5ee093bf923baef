// A small chart: an axis each way, curves, a point on each, for figures that show how two numbers move together.
import { canvas, label, MINUS, mark, svg } from "./page.mjs";

const EDGE = { left: 32, right: 12, top: 10, bottom: 40 };

// Scales and axes for a chart of this size; the ticks of an axis begin and end where it does. `words` are what is
// written beside the ticks of the upright one.
export function axes(width, height, { x: { ticks: xTicks, name }, y: { ticks: yTicks, words = yTicks } }) {
  const span = width - EDGE.left - EDGE.right, rise = height - EDGE.top - EDGE.bottom;
  const share = (ticks, value) => (value - ticks[0]) / (ticks.at(-1) - ticks[0]);
  const x = (value) => EDGE.left + share(xTicks, value) * span;
  const y = (value) => EDGE.top + (1 - share(yTicks, value)) * rise;
  return { x, y, nodes: [
    ...yTicks.flatMap((tick, i) => [svg("path", { class: "grid", d: `M ${EDGE.left} ${y(tick)} h ${span}` }),
      mark(EDGE.left - 6, y(tick), words[i], { "text-anchor": "end" })]),
    ...xTicks.map((tick) => mark(x(tick), EDGE.top + rise + 12, String(tick).replace("-", MINUS))),
    label(EDGE.left + span / 2, EDGE.top + rise + 29, name, { "text-anchor": "middle" }),
  ] };
}

// A line through points [x, y], and its mark at the point now in force: what is dashed has a square, others a circle.
export function curve({ x, y }, points, now, { colour, dash = null, key }) {
  const at = ([a, b]) => [x(a).toFixed(1), y(b).toFixed(1)], [left, top] = at(now).map(Number);
  const style = `fill: var(--segbook-${colour}); stroke: var(--bg); stroke-width: 1.5`;
  return [
    svg("path", { class: "curve", "data-curve": key, "stroke-dasharray": dash,
      style: `stroke: var(--segbook-${colour})`, d: `M ${points.map((point) => at(point).join(" ")).join(" L ")}` }),
    dash ? svg("rect", { "data-point": key, x: left - 6, y: top - 6, width: 12, height: 12, style })
      : svg("circle", { "data-point": key, cx: left, cy: top, r: 6.5, style }),
  ];
}

export const chart = (width, height, name, nodes, attributes = {}) => canvas(width, height, name, nodes,
  { class: "chart", ...attributes });
