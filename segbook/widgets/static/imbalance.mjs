// Imbalance: the scores of a poor predictor, as the foreground grows rare.
import { live } from "./figure.mjs";
import { countKinds, expectedShares, lazyScores, outwardOrder, pixelKinds } from "./lazy.mjs";
import { canvas, clamp, fixed, html, label, mark, panel, panels, range, result, svg } from "./page.mjs";
import { point } from "./pointing.mjs";

const HEIGHT = 25, WIDTH = 40, MOST = 50;          // of foreground, in percent
const OUTWARD = outwardOrder(HEIGHT, WIDTH);
const CURVES = [
  { key: "accuracy", name: "accuracy", colour: 0, dash: "" },
  { key: "iou", name: "IoU, foreground", colour: 1, dash: "8 4" },
  { key: "meanIou", name: "mean IoU", colour: 2, dash: "2 4" },
];
const PREDICTORS = { nothing: "all background", coin: "coin toss", twice: "twice as large" };
const EDGE = { left: 34, right: 128, top: 8, bottom: 36 };   // of the chart
const three = (value) => fixed(value, 3);

// Tenths of a percent, and as far as the chart goes.
export const settle = (state) => ({ ...state, share: clamp(Math.round(state.share * 10) / 10, 0.1, MOST) });

function start({ drawing, set }) {
  point(drawing, "svg.chart", (chart, x) => {
    const width = chart.width.baseVal.value;
    set({ share: ((x * width - EDGE.left) / (width - EDGE.left - EDGE.right)) * MOST });
  }, { hover: false });
}

export function draw({ share: percent, predictor, order }, width) {
  const share = percent / 100, size = Math.round((HEIGHT * WIDTH * percent) / 100);
  const kinds = pixelKinds(size, predictor, OUTWARD, order.split(" ").map(Number)), counts = countKinds(kinds);
  const counted = lazyScores(counts), expected = lazyScores(expectedShares(share, predictor));
  const inARow = width >= 620, gap = 26, across = inARow ? width * 0.46 : width - 4;
  const unit = Math.floor(2 * Math.min(across / WIDTH, 10)) / 2;
  const room = inARow ? width - gap - unit * WIDTH - 4 : width - 4;
  const chart = chartPanel(Math.min(room, 460), Math.max(unit * HEIGHT, 190), percent, predictor, expected);
  const words = ({ accuracy, iou, meanIou }) => [accuracy, iou, meanIou].map(three);
  const [accuracy, iou, meanIou] = words(expected), [a, b, c] = words(counted);
  return {
    nodes: [panels(picturePanel(kinds, counts, unit), chart)],
    formula: formulas(share, predictor, expected),
    sentence: `${percent.toFixed(1)} % foreground, predictor ${PREDICTORS[predictor]}: the expected accuracy is `
      + `${accuracy}, the foreground's IoU ${iou}, the mean IoU ${meanIou}. In the picture, of ${HEIGHT * WIDTH} `
      + `pixels, ${a}, ${b} and ${c}.`,
  };
}

// A thousand pixels. What becomes of them differs in shape as well as in colour: full, hollow, cross.
const FATES = {
  found: { name: "found", d: (x, y, u) => `M ${x + 0.5} ${y + 0.5} h ${u - 1} v ${u - 1} h ${1 - u} Z ` },
  missed: { name: "missed", d: (x, y, u) => `M ${x + 1} ${y + 1} h ${u - 2} v ${u - 2} h ${2 - u} Z ` },
  falseAlarm: { name: "false alarm",
    d: (x, y, u) => `M ${x + 1} ${y + 1} l ${u - 2} ${u - 2} M ${x + 1} ${y + u - 1} l ${u - 2} ${2 - u} ` },
  background: { name: "background", d: () => "" },
};

function picturePanel(kinds, counts, unit) {
  const width = WIDTH * unit, height = HEIGHT * unit;
  const ground = (side, tall = side) => svg("rect", { class: "ground", width: side, height: tall });
  const marks = Object.entries(FATES).map(([kind, { d }]) => svg("path", { class: `fate ${kind}`, d: kinds.map((k, i) =>
    (k === kind ? d((i % WIDTH) * unit, Math.floor(i / WIDTH) * unit, unit) : "")).join("") }));
  const keys = Object.entries(FATES).map(([kind, { name, d }]) => html("span", {},
    svg("svg", { class: "key", width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" },
      kind === "background" ? ground(12) : svg("path", { class: `fate ${kind}`, d: d(0, 0, 12) })),
    ` ${name} `, html("b", { "data-kind": kind }, counts[kind])));
  return panel("The picture", `${HEIGHT} × ${WIDTH} pixels, one disc`, [
    canvas(width, height, "A disc, and which of its pixels the predictor finds", [ground(width, height), marks]),
    html("p", { class: "keys", style: `max-width: ${Math.max(width, 300)}px` }, keys)]);
}

function chartPanel(width, height, percent, predictor, expected) {
  const { left, right, top, bottom } = EDGE, span = width - left - right, rise = height - top - bottom;
  const x = (value) => left + (value / MOST) * span, y = (value) => top + (1 - value) * rise;
  const at = (value) => lazyScores(expectedShares(value / 100, predictor)), nodes = [];
  for (const value of [0, 0.25, 0.5, 0.75, 1]) {
    nodes.push(svg("path", { class: "grid", d: `M ${left} ${y(value)} H ${left + span}` }),
      mark(left - 6, y(value), value, { "text-anchor": "end" }));
  }
  for (const value of [0, 10, 20, 30, 40, 50]) nodes.push(mark(x(value), top + rise + 12, value));
  nodes.push(label(left + span / 2, top + rise + 28, "foreground, %", { "text-anchor": "middle" }),
    svg("path", { class: "link on", style: "stroke-width: 1.5", d: `M ${x(percent)} ${top} V ${top + rise}` }));
  const line = (colour, dash, d, more = {}) => svg("path", { class: "curve", "stroke-dasharray": dash, d,
    style: `stroke: var(--segbook-${colour})`, ...more });
  const ends = CURVES.map(({ key, name, colour, dash }) => {
    const points = range(101).map((i) => 0.1 + (i / 100) * (MOST - 0.1));
    const path = points.map((value) => `${x(value).toFixed(1)} ${y(at(value)[key]).toFixed(1)}`).join(" L ");
    nodes.push(line(colour, dash, `M ${path}`, { "data-curve": key }),
      svg("circle", { "data-score": key, cx: x(percent).toFixed(1), cy: y(expected[key]).toFixed(1), r: 5,
        style: `fill: var(--segbook-${colour}); stroke: var(--bg)` }));
    return { name, colour, dash, end: y(at(MOST)[key]) };
  }).sort((a, b) => a.end - b.end);
  ends.forEach((one, i) => { if (i) one.end = Math.max(one.end, ends[i - 1].end + 16); });   // names keep apart
  ends.forEach(({ name, colour, dash, end }) => nodes.push(line(colour, dash, `M ${left + span + 5} ${end} h 16`),
    svg("text", { x: left + span + 25, y: end, "font-size": 12, "dominant-baseline": "central" }, name)));
  return panel("The scores", "of this predictor, in a large picture", canvas(width, height,
    "Accuracy, foreground IoU and mean IoU against the foreground's share", nodes, { class: "chart" }));
}

function formulas(share, predictor, { accuracy, iou, meanIou }) {
  const q = () => html("var", {}, "q"), s = three(share), rest = three(1 - share), value = (v) => result(three(v));
  const [accuracyOf, iouOf] = {
    nothing: [[" = 1 − ", q(), ` = 1 − ${s} = `], [" = 0 / (0 + ", q(), ` + 0) = 0 / ${s} = `]],
    twice: [[" = 1 − ", q(), ` = 1 − ${s} = `],
      [" = ", q(), " / (", q(), " + 0 + ", q(), `) = ${s} / ${three(2 * share)} = `]],
    coin: [[" = ", q(), "² + (1 − ", q(), `)² = ${s}² + ${rest}² = `], [" = ", q(), "² / (", q(), "² + 2", q(), "(1 − ",
      q(), ")) = ", q(), " / (2 − ", q(), `) = ${s} / ${three(2 - share)} = `]],
  }[predictor];
  const coin = predictor === "coin" ? ["; the coin says foreground with probability ", q()] : [];
  const other = 2 * meanIou - iou;
  return [
    html("div", {}, "share of foreground ", q(), ` = ${s}`, coin, "; accuracy", accuracyOf, value(accuracy)),
    html("div", {}, "IoU = found / (found + missed + false alarms)", iouOf, value(iou)),
    html("div", {}, `mean IoU = (${three(iou)} + ${three(other)}) / 2 = `, value(meanIou),
      ", the background's IoU being ",
      three(other)),
  ];
}

export default live({ title: "Three poor predictors", settle, draw, start });
