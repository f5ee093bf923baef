// LookAlikes: a gap, the cell pixels that look like it, and what a weight or a threshold makes of them.
import { live } from "./figure.mjs";
import { canvas, clamp, fixed, formulaLine, html, label, many, mark, panel, range, result, svg } from "./page.mjs";
import { arrowKeys } from "./pointing.mjs";

const LENGTH = 25, GAP = 12, EDGE = { left: 26, right: 40, top: 12 }, RISE = 130, ROW = 40;
const percent = (threshold) => Math.round(100 * threshold);
export const settle = (state) => ({ ...state, threshold: percent(state.threshold) / 100 });

// The gap pixel and those that look like it: right and left in turn.
export const alikePlaces = (alike) =>
  range(alike + 1).map((i) => GAP + Math.floor((i + 1) / 2) * (i % 2 ? 1 : -1)).sort((a, b) => a - b);
// (9.1), with r cell pixels for each background pixel among those that look alike.
export const best = (alike, weight) => alike / (alike + weight);
// In whole numbers, so that equal is equal: not above the threshold.
export const opens = ({ alike, weight, threshold }) =>
  alike * (100 - percent(threshold)) <= weight * percent(threshold);
export function sameThreshold({ weight, threshold }) {
  const odds = weight * threshold;
  return odds / (odds + 1 - threshold);
}
export function calledOf(state, open = opens(state)) {
  const places = new Set(alikePlaces(state.alike));
  return range(LENGTH).map((place) => !(open && places.has(place)));
}

function start({ drawing, state, set }) {
  arrowKeys(drawing, { label: "The line: left and right change how many pixels look alike, up and down the weight",
    step: (dx, dy) => {
      const { alike, weight } = state();
      set({ alike: clamp(alike + dx, 0, 12), weight: clamp(weight - dy, 1, 20) });
    } });
}

export function draw(state, width) {
  const { alike, weight, threshold } = state, across = Math.min(width - 2, 640);
  const same = sameThreshold(state), p = best(alike, weight), plain = best(alike, 1), open = opens(state);
  const rows = [
    ["the target", range(LENGTH).map((place) => place !== GAP)],
    [`no weight, read at ${fixed(threshold)}`, calledOf(state, opens({ ...state, weight: 1 }))],
    ...(weight > 1 ? [[`weight ${weight}, read at ${fixed(threshold)}`, calledOf(state)],
      [`no weight, read at ${fixed(same)}`, calledOf(state)]] : []),
  ];
  return {
    nodes: [panel("Best probability of cell", "along a line across the gap", [
      canvas(across, EDGE.top + RISE + 14 + ROW * rows.length,
        "The best probability of cell at 25 pixels, and which of them are called cell",
        [curves(state, { p, plain, same }, across),
        rows.flatMap(([words, called], i) => strip(words, called, EDGE.top + RISE + 14 + ROW * i, across))],
      { style: "cursor: default" }), keys(weight)], { width: across })],
    formula: [
      formulaLine(`q = r / (r + 1) = ${alike} / ${alike + 1} = `, result(fixed(plain))),
      formulaLine(`p = q / (q + w·(1 − q)) = r / (r + w) = ${alike} / (${alike} + ${weight}) = `, result(fixed(p))),
      formulaLine(`the same with no weight: read at w·t / (w·t + 1 − t) = ${fixed(weight * threshold)} / `
        + `${fixed(weight * threshold + 1 - threshold)} = `, result(fixed(same))),
    ],
    sentence: inWords(state, { p, plain, same, open }),
  };
}

const unitOf = (width) => (width - EDGE.left - EDGE.right) / LENGTH;

// Both curves as steps, a step for a pixel, and both thresholds across them.
function curves({ alike, threshold, weight }, { p, plain, same }, width) {
  const unit = unitOf(width), y = (value) => EDGE.top + (1 - value) * RISE, places = new Set(alikePlaces(alike));
  const steps = (value) => `M ${EDGE.left} ${y(1)} ${range(LENGTH).map((place) =>
    `V ${y(places.has(place) ? value : 1).toFixed(1)} h ${unit.toFixed(3)}`).join(" ")} V ${y(1)}`;
  const level = (value, colour, dash) => svg("path", { d: `M ${EDGE.left} ${y(value)} h ${LENGTH * unit}`,
    class: "curve", style: `stroke: var(--segbook-${colour}); stroke-width: 1.2`, "stroke-dasharray": dash });
  // The names of thresholds that lie close keep apart.
  const apart = clamp(13 - Math.abs(y(threshold) - y(same)), 0, 13) / 2;
  const name = (value, dy) => mark(EDGE.left + LENGTH * unit + 5, y(value) + dy, fixed(value),
    { "text-anchor": "start" });
  return [
    [[0, "0"], [0.5, "½"], [1, "1"]].flatMap(([value, words]) => [
      svg("path", { class: "grid", d: `M ${EDGE.left} ${y(value)} h ${LENGTH * unit}` }),
      mark(EDGE.left - 5, y(value), words, { "text-anchor": "end" })]),
    level(threshold, 1, null), weight > 1 ? level(same, 0, "5 3") : null,
    weight > 1 ? svg("path", { class: "curve", "data-curve": "weight", d: steps(p),
      style: "stroke: var(--segbook-1)" }) : null,
    svg("path", { class: "curve", "data-curve": "plain", d: steps(plain), "stroke-dasharray": "5 3",
      style: "stroke: var(--segbook-0)" }),
    name(threshold, weight > 1 ? apart : 0), weight > 1 ? name(same, -apart) : null,
  ].flat();
}

// A row of pixels: full where cell is called cell, hollow where it is lost, a cross where the gap is filled.
function strip(words, called, top, width) {
  const unit = unitOf(width), side = Math.min(unit - 1, 16), y = top + 17;
  const fate = (kind, d) => svg("path", { class: `fate ${kind}`, d: range(LENGTH).map((place) => {
    const kindOf = place === GAP ? (called[place] ? "falseAlarm" : "background") : called[place] ? "found" : "missed";
    return kindOf === kind ? d(EDGE.left + (place + 0.5) * unit - side / 2, y) : "";
  }).join("") });
  return svg("g", { "data-row": words, "data-called": called.map(Number).join("") },
    svg("rect", { class: "ground", x: EDGE.left, y: y - 1.5, width: LENGTH * unit, height: side + 3 }),
    fate("found", (x, at) => `M ${x} ${at} h ${side} v ${side} h ${-side} Z `),
    fate("missed", (x, at) => `M ${x + 1} ${at + 1} h ${side - 2} v ${side - 2} h ${2 - side} Z `),
    fate("falseAlarm", (x, at) => `M ${x + 1} ${at + 1} l ${side - 2} ${side - 2} M ${x + 1} ${at + side - 1} `
      + `l ${side - 2} ${2 - side} `),
    label(EDGE.left, top + 7, words));
}

const line = (colour, dashed) => html("i", { class: "line", style: dashed
  ? `background: repeating-linear-gradient(to right, var(--segbook-${colour}) 0 4px, transparent 4px 6px)`
  : `--series: var(--segbook-${colour})` });
const square = (kind, d) => svg("svg", { class: "key", width: 12, height: 12, viewBox: "0 0 12 12",
  "aria-hidden": "true" }, svg("path", { class: `fate ${kind}`, d }));
const keys = (weight) => html("p", { class: "keys" },
  weight > 1 ? html("span", {}, line(1, false), `weight ${weight}`) : null,
  html("span", {}, line(0, true), "no weight"),
  html("span", {}, square("found", "M 0 0 h 12 v 12 h -12 Z"), " called cell"),
  html("span", {}, square("missed", "M 1 1 h 10 v 10 h -10 Z"), " cell that is lost"),
  html("span", {}, square("falseAlarm", "M 1 1 l 10 10 M 1 11 l 10 -10"), " gap that is filled"));

function inWords({ alike, weight, threshold }, { p, plain, same, open }) {
  const times = weight === 1 ? "once" : `${weight} times`;
  if (!alike) return "No cell pixel looks like the gap pixel, so its best p is 0, whatever the weight: the gap opens, "
    + "one pixel wide, and nothing is lost.";
  const outcome = open ? `not above ${fixed(threshold)}, so the gap opens, ${alike + 1} pixels wide, and `
    + `${many(alike, "cell pixel is", "cell pixels are")} lost`
    : `above ${fixed(threshold)}, so the gap stays filled`;
  const other = weight === 1 ? "" : ` Without a weight their best p is ${fixed(plain)}, and `
    + `read at ${fixed(same)} it calls the same pixels cell.`;
  return `${many(alike, "cell pixel looks", "cell pixels look")} like the gap pixel, which counts ${times}. `
    + `Their best p is ${fixed(p)}, ${outcome}.${other}`;
}

export default live({ title: "A weight, or a threshold", settle, draw, start });
