// PixelSoftmax: the logits of one pixel, its probabilities, and what it adds to the loss of the map.
import { charge, chargeGradient, pixelLogits, predictedClass, softmax, withEdit } from "./softmax.mjs";
import { arrowKeys, change, clamp, figure, html, slider, svg } from "./page.mjs";

const CLASSES = ["background", "disc", "square"], CHOSEN = 16;
const PRESETS = {
  "as predicted": { pixel: CHOSEN, edits: [] },
  "sure and right": { pixel: CHOSEN, edits: [CHOSEN, -2, 4, -1] },
  "the same, all + 5": { pixel: CHOSEN, edits: [CHOSEN, 3, 9, 4] },
  "undecided": { pixel: CHOSEN, edits: [CHOSEN, 0, 0, 0] },
  "sure and wrong": { pixel: CHOSEN, edits: [CHOSEN, 4, -2, -1] },
};
const TRAITS = ["pixel", "edits"];
const number = (value, digits = 2) => value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
// A class has the colour that it has in the whole book; background is the page's own wash.
const classColour = (c) => (c === 0 ? "var(--line)" : `var(--segbook-${(c - 1) % 6})`);
const classFill = (c) => `color-mix(in srgb, ${classColour(c)} ${c ? 62 : 45}%, var(--bg))`;

function render({ model, el }) {
  const rows = model.get("labels").split(" "), width = rows[0].length;
  const truth = rows.flatMap((row) => [...row].map(Number));
  const scores = model.get("scores").split(" ").map(Number);
  const logits = () => pixelLogits(scores, model.get("edits"), CLASSES.length);
  const choose = (row, column) => {
    const pixel = clamp(row, 0, rows.length - 1) * width + clamp(column, 0, width - 1);
    if (pixel !== model.get("pixel")) change(model, { pixel });
  };
  const place = () => [Math.floor(model.get("pixel") / width), model.get("pixel") % width];
  const logitSlider = (k) => slider(model, `logit_${k}`, html("span", { class: "class-name" }, swatch(k), ` a`, html("sub", {}, k), ` ${CLASSES[k]}`), {
    min: -10, max: 10, step: 0.1, show: (value) => number(value, 1), get: () => logits()[model.get("pixel")][k],
    set: (value) => {
      const pixel = model.get("pixel"), now = [...logits()[pixel]];
      now[k] = value;
      change(model, { edits: withEdit(model.get("edits"), pixel, now) });
    },
  });
  const view = figure({
    model, el, title: "One pixel, many pixels", presets: PRESETS, traits: TRAITS, draw,
    controls: CLASSES.map((_, k) => logitSlider(k)),
    more: [slider(model, "row", "row of the pixel", { max: rows.length - 1, get: () => place()[0], set: (row) => choose(row, place()[1]) }),
           slider(model, "column", "column", { max: width - 1, get: () => place()[1], set: (column) => choose(place()[0], column) })],
  });

  const { drawing } = view;
  const point = (event) => {
    const map = event.target.closest?.("svg.pixels");
    if (!map) return;
    const frame = map.getBoundingClientRect();
    choose(Math.floor(((event.clientY - frame.top) / frame.height) * rows.length), Math.floor(((event.clientX - frame.left) / frame.width) * width));
  };
  drawing.addEventListener("click", point);
  drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && event.buttons === 1) point(event); });
  arrowKeys(drawing, { label: "Maps of 8 × 12 pixels; the arrow keys choose a pixel",
    step: (dx, dy) => choose(place()[0] + dy, place()[1] + dx) });

  function draw(available) {
    const all = logits(), pixel = model.get("pixel"), label = truth[pixel], a = all[pixel];
    const charges = all.map((values, i) => charge(values, truth[i]));
    const preds = all.map(predictedClass);
    const wrong = preds.filter((c, i) => c !== truth[i]).length;
    const sum = charges.reduce((total, value) => total + value, 0);
    const gap = 26, unit = Math.min(Math.floor((available >= 560 ? (available - gap - 4) / 2 : available - 4) / width), 30);
    const shared = { rows: rows.length, width, truth, pixel, unit };
    const panels = [
      mapPanel("Predicted class", "the largest logit; lines show the truth", { ...shared,
        fill: (i) => classFill(preds[i]), text: (i) => preds[i] }),
      mapPanel("Charge", "−log p of the true class; blank below 0.05", { ...shared,
        fill: (i) => `color-mix(in srgb, var(--segbook-focus) ${(clamp(charges[i] / 4, 0, 1) * 80).toFixed(0)}%, var(--bg))`,
        text: (i) => (charges[i] >= 0.05 ? number(charges[i], charges[i] < 9.95 ? 1 : 0) : "") }),
    ];
    const [row, column] = place(), probs = softmax(a);
    return {
      nodes: [html("div", { class: "panels", style: "margin-top: 9.6px" }, panels), bars(probs, label, available, `Pixel (${row}, ${column})`)],
      formula: formulas(a, probs, label, sum, all.length),
      sentence: `Pixel (${row}, ${column}) is ${CLASSES[label]}, predicted ${CLASSES[preds[pixel]]}: p = ${number(probs[label], 3)}, charge ${number(charges[pixel])}. `
        + `${wrong} of ${all.length} pixels are predicted wrong; all charges add up to ${number(sum)}, ${number(sum / all.length, 3)} a pixel.`,
    };
  }
  return view.stop;
}

const swatch = (k) => svg("svg", { width: 13, height: 13, viewBox: "0 0 13 13", "aria-hidden": "true", style: "display: inline-block; vertical-align: -1px" },
  svg("rect", { x: 0.5, y: 0.5, width: 12, height: 12, rx: 2, style: `fill: ${classFill(k)}; stroke: var(--quiet)` }));

// A map of cells; lines where the true class changes, a frame round the chosen pixel.
function mapPanel(name, rest, { rows, width, truth, pixel, unit, fill, text }) {
  const nodes = [], size = Math.min(12, unit * 0.48).toFixed(1);
  truth.forEach((_, i) => {
    const x = (i % width) * unit, y = Math.floor(i / width) * unit;
    nodes.push(svg("rect", { x, y, width: unit, height: unit, style: `fill: ${fill(i)}` }));
    nodes.push(svg("text", { x: x + unit / 2, y: y + unit / 2, "font-size": size, "text-anchor": "middle", "dominant-baseline": "central" }, text(i)));
  });
  const border = truth.map((label, i) => {
    const column = i % width, row = Math.floor(i / width), x = column * unit, y = row * unit;
    return (column && truth[i - 1] !== label ? `M ${x} ${y} v ${unit} ` : "") + (row && truth[i - width] !== label ? `M ${x} ${y} h ${unit} ` : "");
  }).join("");
  nodes.push(svg("path", { class: "outline", d: border }));
  nodes.push(svg("rect", { width: width * unit, height: rows * unit, style: "fill: none; stroke: var(--line)" }));
  nodes.push(svg("rect", { class: "outline", style: "stroke-width: 3.5", rx: 2, x: (pixel % width) * unit, y: Math.floor(pixel / width) * unit, width: unit, height: unit }));
  return html("div", { style: `width: ${width * unit}px` }, html("p", { class: "caption" }, name, html("br"), html("small", {}, rest)),
    svg("svg", { class: "pixels", style: "cursor: pointer", width: width * unit, height: rows * unit, viewBox: `0 0 ${width * unit} ${rows * unit}`, role: "img", "aria-label": `${name}: ${rest}` }, nodes));
}

// The chosen pixel's probabilities as bars on one scale from 0 to 1.
function bars(probs, label, available, title) {
  const width = Math.min(available - 4, 660), start = 124, end = 96, step = 24, full = width - start - end;
  const nodes = probs.flatMap((p, k) => {
    const y = k * step + 3;
    return [
      svg("rect", { x: 0.5, y: y + 2.5, width: 13, height: 13, rx: 2, style: `fill: ${classFill(k)}; stroke: var(--quiet)` }),
      svg("text", { x: 20, y: y + 9, "font-size": 13, "dominant-baseline": "central", "font-weight": k === label ? 700 : 400 }, `${k} ${CLASSES[k]}`),
      svg("rect", { x: start, y, width: full, height: 18, rx: 3, style: "fill: var(--wash); stroke: var(--line)" }),
      svg("rect", { x: start, y, width: (p * full).toFixed(2), height: 18, rx: 3, style: `fill: ${k === 0 ? "var(--quiet)" : classColour(k)}` }),
      svg("text", { x: start + full + 8, y: y + 9, "font-size": 13, "dominant-baseline": "central", "font-weight": k === label ? 700 : 400 },
        `${number(p, 3)}${k === label ? "  true" : ""}`),
    ];
  });
  const height = probs.length * step + 2;
  return html("div", { style: "margin-top: 12.8px" }, html("p", { class: "caption" }, `${title}: `, html("small", {}, "probabilities p of its three classes")),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Probabilities of the chosen pixel's classes" }, nodes));
}

function formulas(a, probs, label, sum, pixels) {
  const v = (name, index) => [html("var", {}, name), html("sub", {}, index)];
  const e = (exponent) => [html("var", {}, "e"), html("sup", {}, exponent)];
  const plus = (parts) => parts.flatMap((part, k) => (k ? [" + ", ...[part].flat()] : [part].flat()));
  const power = (value) => { const y = Math.exp(value); return y >= 1000 ? y.toFixed(0) : y >= 0.01 ? number(y) : y.toPrecision(1).replace(/e-(\d+)/, "·10⁻$1"); };
  return [
    html("div", {}, v("p", label), " = ", e(v("a", label)), " / (", plus(a.map((_, k) => e(v("a", k)))), `) = ${power(a[label])} / (${a.map(power).join(" + ")}) = `, html("b", {}, number(probs[label], 3))),
    html("div", {}, `charge: ${"−"}log `, v("p", label), " = ", html("b", {}, number(charge(a, label))), " · its gradient ", html("var", {}, "p"), " − ", html("var", {}, "y"), ` = (${chargeGradient(a, label).map((g) => number(g)).join(", ")})`),
    html("div", {}, html("var", {}, "L"), ` = all ${pixels} charges added up = `, html("b", {}, number(sum)), `; mean ${number(sum)} / ${pixels} = `, html("b", {}, number(sum / pixels, 3))),
  ];
}

export default { render };
