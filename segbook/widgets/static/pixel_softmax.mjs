// PixelSoftmax: the logits of one pixel, its probabilities, and what it adds to the loss of the map.
import { live } from "./figure.mjs";
import { canvas, centred, clamp, fixed, html, panel, panels, result, svg, symbols, tint } from "./page.mjs";
import { arrowKeys, point } from "./pointing.mjs";
import { outlinePath } from "./scene.mjs";
import { pixelLogits, pixelLoss, pixelLossGradient, predictedClass, softmax, withEdit, withoutDoubles }
  from "./softmax.mjs";

const CLASSES = ["background", "disc", "square"];
// A class has the colour that it has in the whole book; background is the page's own wash.
const classColour = (c) => (c === 0 ? "var(--line)" : `var(--segbook-${(c - 1) % 6})`);
const classFill = (c) => tint(classColour(c), c ? 0.62 : 0.45);

const truthOf = ({ labels }) => labels.split(" ").map((row) => [...row].map(Number));
const logitsOf = ({ scores, edits }) => pixelLogits(scores.split(" ").map(Number), edits, CLASSES.length);
const placeOf = ({ pixel, labels }) => {
  const width = labels.indexOf(" ");
  return [Math.floor(pixel / width), pixel % width];
};
const choose = (state, row, column) => {
  const truth = truthOf(state), [height, width] = [truth.length, truth[0].length];
  return { pixel: clamp(row, 0, height - 1) * width + clamp(column, 0, width - 1) };
};

export const settle = (state) => ({ ...state, edits: withoutDoubles(state.edits, CLASSES.length) });

function controls() {
  const logit = (k) => ({ of: "edits", name: `logit_${k}`, min: -10, max: 10, step: 0.1,
    label: html("span", { class: "class-name" }, swatch(k), " ", ...symbols(`a_${k} ${CLASSES[k]}`)),
    get: (state) => logitsOf(state)[state.pixel][k],
    put: (value, state) => {
      const now = [...logitsOf(state)[state.pixel]];
      now[k] = value;
      return { edits: withEdit(state.edits, state.pixel, now) };
    } });
  const place = (axis, name, label) => ({ of: "pixel", name, label, more: true,
    get: (state) => placeOf(state)[axis],
    max: (state) => (axis ? truthOf(state)[0].length : truthOf(state).length) - 1,
    put: (value, state) => choose(state, ...placeOf(state).map((old, i) => (i === axis ? value : old))) });
  return [...CLASSES.map((_, k) => logit(k)), place(0, "row", "row of the pixel"), place(1, "column", "column")];
}

function start({ drawing, state, set }) {
  point(drawing, "svg.pixels", (_, x, y) => {
    const now = state(), truth = truthOf(now);
    set(choose(now, Math.floor(y * truth.length), Math.floor(x * truth[0].length)));
  }, { hover: false });
  arrowKeys(drawing, { label: "Maps of 8 × 12 pixels; the arrow keys choose a pixel",
    step: (dx, dy) => {
      const [row, column] = placeOf(state());
      set(choose(state(), row + dy, column + dx));
    } });
}

export function draw(state, available) {
  const map = truthOf(state), truth = map.flat(), width = map[0].length, all = logitsOf(state), { pixel } = state;
  const label = truth[pixel], a = all[pixel], probs = softmax(a), [row, column] = placeOf(state);
  const losses = all.map((values, i) => pixelLoss(values, truth[i])), preds = all.map(predictedClass);
  const wrong = preds.filter((c, i) => c !== truth[i]).length, sum = losses.reduce((total, value) => total + value, 0);
  const gap = 26, room = available >= 560 ? (available - gap - 4) / 2 : available - 4;
  const shared = { map, pixel, unit: Math.min(Math.floor(room / width), 30) };
  const drawn = [
    mapPanel("Predicted class", "the largest logit; lines show the truth",
      { ...shared, fill: (i) => classFill(preds[i]), text: (i) => preds[i] }),
    mapPanel("Loss of each pixel", "−log p of the true class; blank below 0.05", { ...shared,
      fill: (i) => tint("var(--segbook-focus)", clamp(losses[i] / 4, 0, 1) * 0.8),
      text: (i) => (losses[i] >= 0.05 ? fixed(losses[i], losses[i] < 9.95 ? 1 : 0) : "") }),
  ];
  return {
    nodes: [panels(drawn), bars(probs, label, available, `Pixel (${row}, ${column})`)],
    formula: formulas(a, probs, label, sum, all.length),
    sentence: `Pixel (${row}, ${column}) is ${CLASSES[label]}, predicted ${CLASSES[preds[pixel]]}: p = `
      + `${fixed(probs[label], 3)}, loss ${fixed(losses[pixel])}. ${wrong} of ${all.length} pixels are predicted `
      + `wrong; the losses of all add up to ${fixed(sum)}, ${fixed(sum / all.length, 3)} a pixel.`,
  };
}

const swatch = (k) => svg("svg", { class: "key", width: 13, height: 13, viewBox: "0 0 13 13", "aria-hidden": "true" },
  square(0.5, 0.5, 12, k));
const square = (x, y, side, k) =>
  svg("rect", { class: "swatch", x, y, width: side, height: side, rx: 2, style: `fill: ${classFill(k)}` });

// A map of cells; lines where the true class changes, a frame round the chosen pixel.
function mapPanel(name, rest, { map, pixel, unit, fill, text }) {
  const height = map.length, width = map[0].length, size = clamp(unit * 0.48, 9, 12).toFixed(1);
  const nodes = map.flat().flatMap((_, i) => {
    const x = (i % width) * unit, y = Math.floor(i / width) * unit;
    return [svg("rect", { x, y, width: unit, height: unit, style: `fill: ${fill(i)}` }),
      centred(x + unit / 2, y + unit / 2, text(i), { "font-size": size })];
  });
  const border = [1, 2].map((label) => outlinePath(map, label)).join("");
  nodes.push(svg("path", { class: "outline", d: border, transform: `scale(${unit})` }),
    svg("rect", { class: "edge-of-map", width: width * unit, height: height * unit }),
    svg("rect", { class: "outline strong", style: "stroke: var(--segbook-focus)", rx: 2, x: (pixel % width) * unit,
      y: Math.floor(pixel / width) * unit, width: unit, height: unit }));
  return panel(name, rest, canvas(width * unit, height * unit, `${name}: ${rest}`, nodes, { class: "pixels pointed" }),
    { width: width * unit, below: true });
}

// The chosen pixel's probabilities as bars on one scale from 0 to 1.
function bars(probs, label, available, title) {
  const width = Math.min(available - 4, 660), left = 124, right = 96, step = 24, full = width - left - right;
  const nodes = probs.flatMap((p, k) => {
    const y = k * step + 3, bold = k === label ? 700 : 400;
    const text = (x, words) => svg("text", { x, y: y + 9, "font-size": 13, "dominant-baseline": "central",
      "font-weight": bold }, words);
    const bar = (wide, style) => svg("rect", { x: left, y, width: wide, height: 18, rx: 3, style });
    return [
      square(0.5, y + 2.5, 13, k), text(20, `${k} ${CLASSES[k]}`), bar(full, "fill: var(--wash); stroke: var(--line)"),
      bar((p * full).toFixed(2), `fill: ${k ? classColour(k) : "var(--quiet)"}`),
      text(left + full + 8, `${fixed(p, 3)}${k === label ? "  true" : ""}`),
    ];
  });
  return panel(`${title}:`, "probabilities p of its three classes", canvas(width, probs.length * step + 2,
    "Probabilities of the chosen pixel's classes", nodes), { class: "below" });
}

function formulas(a, probs, label, sum, pixels) {
  const v = (name, index) => [html("var", {}, name), html("sub", {}, index)];
  const e = (exponent) => [html("var", {}, "e"), html("sup", {}, exponent)];
  const power = (value) => {
    const y = Math.exp(value);
    return y >= 1000 ? y.toFixed(0) : y >= 0.01 ? fixed(y) : y.toPrecision(1).replace(/e-(\d+)/, "·10⁻$1");
  };
  const powers = a.map((_, k) => [k ? " + " : "", e(v("a", k))]).flat(2);
  const gradient = pixelLossGradient(a, label).map((g) => fixed(g)).join(", ");
  return [
    html("div", {}, v("p", label), " = ", e(v("a", label)), " / (", ...powers, `) = ${power(a[label])} / `
      + `(${a.map(power).join(" + ")}) = `, result(fixed(probs[label], 3))),
    html("div", {}, "loss of the pixel: −log ", v("p", label), " = ", result(fixed(pixelLoss(a, label))),
      " · its gradient ", html("var", {}, "p"), " − ", html("var", {}, "y"), ` = (${gradient})`),
    html("div", {}, html("var", {}, "L"), ` = the losses of all ${pixels} pixels added up = `, result(fixed(sum)),
      `; mean ${fixed(sum)} / ${pixels} = `, result(fixed(sum / pixels, 3))),
  ];
}

export default live({ title: "One pixel, many pixels", settle, draw, controls, start });
