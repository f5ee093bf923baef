// Imbalance: the scores of a predictor that hardly looks, as the foreground grows rare.
import { countKinds, expectedShares, lazyScores, outwardOrder, pixelKinds } from "./lazy.mjs";
import { change, choice, clamp, figure, html, slider, svg } from "./page.mjs";

const HEIGHT = 25, WIDTH = 40;
const PRESETS = {
  "all background": { share: 5, predictor: "nothing" },
  "coin toss": { share: 5, predictor: "coin" },
  "twice too large": { share: 5, predictor: "twice" },
  "twice too large, and rare": { share: 0.5, predictor: "twice" },
};
const CURVES = [
  { key: "accuracy", name: "accuracy", series: 0, dash: "" },
  { key: "iou", name: "IoU, foreground", series: 1, dash: "8 4" },
  { key: "meanIou", name: "mean IoU", series: 2, dash: "2 4" },
];
const number = (value) => value.toFixed(3);

function render({ model, el }) {
  const outward = outwardOrder(HEIGHT, WIDTH), coins = model.get("order").split(" ").map(Number);
  const setShare = (percent) => change(model, { share: clamp(Math.round(percent * 10) / 10, 0.1, 50) });
  let left = 0, span = 1;                          // where the chart's axis lies
  const view = figure({
    model, el, title: "Three lazy predictors", presets: PRESETS, traits: ["share", "predictor"], draw,
    controls: [slider(model, "share", "foreground, %", { min: 0.1, max: 50, step: 0.1, show: (value) => value.toFixed(1), set: setShare }),
               choice(model, "predictor", "predictor", { nothing: "all background", coin: "coin toss", twice: "twice too large" })],
  });
  const point = (event) => {
    const chart = event.target.closest?.("svg.chart");
    if (chart) setShare(((event.clientX - chart.getBoundingClientRect().left - left) / span) * 50);
  };
  view.drawing.addEventListener("click", point);
  view.drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && event.buttons === 1) point(event); });

  function draw(width) {
    const percent = model.get("share"), predictor = model.get("predictor"), share = percent / 100;
    const size = Math.round((HEIGHT * WIDTH * percent) / 100);
    const kinds = pixelKinds(size, predictor, outward, coins), counts = countKinds(kinds), counted = lazyScores(counts);
    const expected = lazyScores(expectedShares(share, predictor));
    const inARow = width >= 620, gap = 26;
    const unit = Math.floor(2 * Math.min(inARow ? (width * 0.46) / WIDTH : (width - 4) / WIDTH, 10)) / 2;
    const room = inARow ? width - gap - unit * WIDTH - 4 : width - 4;
    const chart = chartPanel(Math.min(room, 460), Math.max(unit * HEIGHT, 190), percent, predictor, expected);
    ({ left, span } = chart);
    return {
      nodes: [html("div", { class: "panels", style: "margin-top: 9.6px" }, picturePanel(kinds, counts, unit), chart.node)],
      formula: formulas(percent, share, predictor, expected),
      sentence: `${percent.toFixed(1)} % foreground: the expected accuracy is ${number(expected.accuracy)}, the foreground's IoU ${number(expected.iou)}, the mean IoU ${number(expected.meanIou)}. `
        + `In the picture, of ${HEIGHT * WIDTH} pixels, ${number(counted.accuracy)}, ${number(counted.iou)} and ${number(counted.meanIou)}.`,
    };
  }
  return view.stop;
}

// A thousand pixels. Kinds differ in shape as well as in colour: full, hollow, cross.
const KINDS = {
  found: { name: "found", style: "fill: var(--segbook-0)", d: (x, y, u) => `M ${x + 0.5} ${y + 0.5} h ${u - 1} v ${u - 1} h ${1 - u} Z ` },
  missed: { name: "missed", style: "fill: none; stroke: color-mix(in srgb, var(--segbook-0) 80%, var(--fg)); stroke-width: 1.2", d: (x, y, u) => `M ${x + 1} ${y + 1} h ${u - 2} v ${u - 2} h ${2 - u} Z ` },
  falseAlarm: { name: "false alarm", style: "fill: none; stroke: var(--segbook-focus); stroke-width: 1.4", d: (x, y, u) => `M ${x + 1} ${y + 1} l ${u - 2} ${u - 2} M ${x + 1} ${y + u - 1} l ${u - 2} ${2 - u} ` },
  background: { name: "background", style: "fill: none; stroke: none", d: () => "" },
};

function picturePanel(kinds, counts, unit) {
  const width = WIDTH * unit, height = HEIGHT * unit;
  const marks = Object.entries(KINDS).map(([kind, { style, d }]) => svg("path", { style, d: kinds.map((k, i) => (k === kind ? d((i % WIDTH) * unit, Math.floor(i / WIDTH) * unit, unit) : "")).join("") }));
  const key = Object.entries(KINDS).map(([kind, { name, style, d }]) => html("span", { style: "display: inline-block; margin-right: 12px; white-space: nowrap" },
    svg("svg", { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true", style: "display: inline-block; vertical-align: -1px" },
      kind === "background" ? svg("rect", { x: 0.5, y: 0.5, width: 11, height: 11, style: "fill: var(--wash); stroke: var(--line)" }) : svg("path", { style, d: d(0, 0, 12) })), ` ${name} `, html("b", { "data-kind": kind }, counts[kind])));
  return html("div", {}, html("p", { class: "caption" }, "The picture ", html("small", {}, `${HEIGHT} × ${WIDTH} pixels, one disc`)),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "A disc, and which of its pixels the predictor finds" },
      svg("rect", { x: 0, y: 0, width, height, style: "fill: var(--wash); stroke: var(--line)" }), marks),
    html("p", { class: "caption", style: `font-weight: 400; max-width: ${Math.max(width, 300)}px; margin-top: 6px` }, key));
}

function chartPanel(width, height, percent, predictor, expected) {
  const left = 34, right = 128, top = 8, bottom = 36, span = width - left - right, rise = height - top - bottom;
  const x = (value) => left + (value / 50) * span, y = (value) => top + (1 - value) * rise;
  const at = (value) => lazyScores(expectedShares(value / 100, predictor));
  const nodes = [];
  const tick = (px, py, anchor, text) => svg("text", { x: px, y: py, class: "index", "text-anchor": anchor, "dominant-baseline": "central" }, text);
  for (const value of [0, 0.25, 0.5, 0.75, 1]) nodes.push(svg("path", { class: "link", style: "stroke: var(--line)", d: `M ${left} ${y(value)} H ${left + span}` }), tick(left - 6, y(value), "end", value));
  for (const value of [0, 10, 20, 30, 40, 50]) nodes.push(tick(x(value), top + rise + 12, "middle", value));
  nodes.push(svg("text", { x: left + span / 2, y: top + rise + 28, class: "name", "text-anchor": "middle", "dominant-baseline": "central" }, "foreground, %"));
  nodes.push(svg("path", { class: "link on", style: "stroke-width: 1.5", d: `M ${x(percent)} ${top} V ${top + rise}` }));
  const ends = CURVES.map(({ key, name, series, dash }) => {
    const values = Array.from({ length: 101 }, (_, i) => 0.1 + (i / 100) * 49.9);
    nodes.push(svg("path", { "data-curve": key, "stroke-dasharray": dash, style: `fill: none; stroke: var(--segbook-${series}); stroke-width: 2.4`,
      d: values.map((value, i) => `${i ? "L" : "M"} ${x(value).toFixed(1)} ${y(at(value)[key]).toFixed(1)}`).join(" ") }));
    nodes.push(svg("circle", { "data-score": key, cx: x(percent).toFixed(1), cy: y(expected[key]).toFixed(1), r: 5, style: `fill: var(--segbook-${series}); stroke: var(--bg)` }));
    return { name, series, dash, at: y(at(50)[key]) };
  }).sort((a, b) => a.at - b.at);
  ends.forEach((end, i) => { if (i) end.at = Math.max(end.at, ends[i - 1].at + 16); });   // names keep apart
  ends.forEach(({ name, series, dash, at: py }) => nodes.push(
    svg("path", { "stroke-dasharray": dash, style: `fill: none; stroke: var(--segbook-${series}); stroke-width: 2.4`, d: `M ${left + span + 5} ${py} h 16` }),
    svg("text", { x: left + span + 25, y: py, "font-size": 12, "dominant-baseline": "central" }, name)));
  const node = html("div", {}, html("p", { class: "caption" }, "The scores ", html("small", {}, "of this predictor, in a large picture")),
    svg("svg", { class: "chart", style: "cursor: pointer", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Accuracy, foreground IoU and mean IoU against the foreground's share" }, nodes));
  return { node, left, span };
}

function formulas(percent, share, predictor, { accuracy, iou, meanIou }) {
  const q = () => html("var", {}, "q"), f = (value, digits = 3) => value.toFixed(digits);
  const s = f(share), rest = f(1 - share), value = (v) => html("b", {}, number(v));
  const accuracyOf = {
    nothing: [" = 1 − ", q(), ` = 1 − ${s} = `], twice: [" = 1 − ", q(), ` = 1 − ${s} = `],
    coin: [" = ", q(), "² + (1 − ", q(), `)² = ${s}² + ${rest}² = `],
  }[predictor];
  const iouOf = {
    nothing: [" = 0 / (0 + 0 + ", q(), `) = 0 / ${s} = `], twice: [" = ", q(), " / (", q(), " + ", q(), ` + 0) = ${s} / ${f(2 * share)} = `],
    coin: [" = ", q(), "² / (", q(), "² + 2", q(), "(1 − ", q(), ")) = ", q(), " / (2 − ", q(), `) = ${s} / ${f(2 - share)} = `],
  }[predictor];
  const other = 2 * meanIou - iou;
  return [
    html("div", {}, "share of foreground ", q(), ` = ${s}; accuracy`, accuracyOf, value(accuracy)),
    html("div", {}, "IoU = found / (found + false alarms + missed)", iouOf, value(iou)),
    html("div", {}, `mean IoU = (${number(iou)} + ${number(other)}) / 2 = `, value(meanIou), ", the background's IoU being ", number(other)),
  ];
}

export default { render };
