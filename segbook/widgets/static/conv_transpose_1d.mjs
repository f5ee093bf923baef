// ConvTranspose1D: one transposed convolution seen three ways. One output sample is in focus in all of them.
import { conv1d, convTranspose1d, convTransposeOutputSize, extent, stamps, transposedMatrix, zeroInserted }
  from "./geometry.mjs";
import { box, change, checkbox, clamp, figure, formulaLine, html, label, numberFields, outputPaddingSymbol, short, slider,
  svg }
  from "./page.mjs";

const DEFAULT_X = [1, 2, 3, 1, 2, 3], DEFAULT_WEIGHT = [1, 2, 1, 2, 1];
const PRESETS = {
  "by hand": { x: [1, 10], weight: [1, 2, 3], stride: 2, padding: 0, output_padding: 0, dilation: 1, letters: true, focus: 2 },
  "stride 2": { x: [1, 2, 3, 4], weight: [1, 3, 3, 1], stride: 2, padding: 1, output_padding: 0, dilation: 1, letters: false, focus: 3 },
  "uneven overlap": { x: [1, 1, 1, 1], weight: [1, 1, 1], stride: 2, padding: 0, output_padding: 0, dilation: 1, letters: false, focus: 4 },
  "output padding": { x: [1, 2, 3], weight: [1, 2, 1], stride: 3, padding: 1, output_padding: 2, dilation: 1, letters: false, focus: 6 },
  "dilation 2": { x: [1, 2, 3, 4], weight: [1, 2, 3], stride: 1, padding: 0, output_padding: 0, dilation: 2, letters: false, focus: 4 },
};
const TRAITS = ["x", "weight", "stride", "padding", "output_padding", "dilation", "focus", "letters"];
const MINUS = "−";

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const options = () => ({ kernelSize: get("weight").length, stride: get("stride"), padding: get("padding"),
                           outputPadding: get("output_padding"), dilation: get("dilation") });
  const outputSize = () => convTransposeOutputSize(get("x").length, options());
  const covered = () => outputSize() + 2 * get("padding");

  // A slider that changes the geometry pulls the settings that depend on it back into their limits.
  const set = (values) => {
    change(model, values);
    const outputPadding = clamp(get("output_padding"), 0, Math.max(get("stride"), get("dilation")) - 1);
    if (outputPadding !== get("output_padding")) change(model, { output_padding: outputPadding });
    const padding = clamp(get("padding"), 0, Math.floor((covered() - 1) / 2));
    if (padding !== get("padding")) change(model, { padding });
    if (get("focus") >= outputSize()) change(model, { focus: outputSize() - 1 });
  };
  const number = (trait, text, limits) => slider(model, trait, text, { ...limits, set: (v) => set({ [trait]: v }) });
  const length = (trait, text, fill, max) => slider(model, trait, text, {
    min: 1, max, get: () => get(trait).length,
    set: (n) => set({ [trait]: Array.from({ length: n }, (_, i) => get(trait)[i] ?? fill[i % fill.length]) }),
  });

  const view = figure({
    model, el, title: "Transposed convolution, three views", presets: PRESETS, traits: TRAITS, draw,
    controls: [number("focus", "output sample n", { max: () => outputSize() - 1 })],
    more: [
      length("x", "input length I", DEFAULT_X, 6),
      length("weight", "kernel size k", DEFAULT_WEIGHT, 5),
      number("stride", "stride s", { min: 1, max: 4 }),
      number("padding", "padding p", { max: () => Math.floor((covered() - 1) / 2) }),
      number("output_padding", "output padding", { max: () => Math.max(get("stride"), get("dilation")) - 1 }),
      number("dilation", "dilation d", { min: 1, max: 3 }),
      numberFields(model, "x", "input x"),
      numberFields(model, "weight", "kernel w"),
      checkbox(model, "letters", "letters for numbers"),
    ],
  });

  const point = (event) => {
    const target = event.target.closest?.("[data-output]");
    if (target && Number(target.dataset.output) !== get("focus")) change(model, { focus: Number(target.dataset.output) });
  };
  view.drawing.addEventListener("click", point);
  view.drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); });

  function draw(width) {
    const x = get("x"), weight = get("weight"), { stride, padding, dilation, outputPadding } = options();
    const size = outputSize();
    if (size < 1 || outputPadding >= Math.max(stride, dilation)) return impossible(size);
    const n = clamp(get("focus"), 0, size - 1);
    const y = convTranspose1d(x, weight, { stride, padding, outputPadding, dilation });
    const names = get("letters")
      ? { x: x.map((_, i) => "abcdef"[i]), w: weight.map((_, j) => (weight.length <= 3 ? "xyz" : "αβγδε")[j]) }  // the notes' letters as far as they go
      : { x: x.map(short), w: weight.map(short) };
    const letters = get("letters");
    const terms = stamps(x, weight, { stride, dilation });
    const product = ({ i, j, value }) => (letters ? names.x[i] + names.w[j] : short(value));
    const sumText = (at) => {
      const parts = terms.filter((t) => t.at === at);
      if (letters) return parts.length ? parts.map(product).join("+") : "0";
      return short(parts.reduce((sum, t) => sum + t.value, 0));
    };
    const state = { x, weight, stride, padding, dilation, outputPadding, size, n, y, names, letters, terms, product, sumText };

    // Stamps and zeros share the left column, the matrix stands beside them if there is room.
    const gutter = 66, columns = Math.max(covered(), size + extent(weight.length, dilation) - 1);
    const matrixColumns = x.length + (letters ? 4.2 : 3.5), gap = 26, widest = letters ? 54 : 36;
    const beside = (width - gutter - gap - 34) / (columns + matrixColumns);
    const sideBySide = beside >= 25;
    const smallest = width >= 600 ? 19 : 21;   // then it scrolls sideways
    const unit = Math.floor(clamp(sideBySide ? beside : (width - gutter) / columns, smallest, widest));
    const matrixUnit = Math.floor(clamp((sideBySide ? unit : (width - 24) / matrixColumns), 22, size > 14 ? 24 : 34));
    const left = html("div", { style: `max-width: ${sideBySide ? `${gutter + columns * unit + 8}px` : "100%"}` },
      stampsPanel(state, unit, gutter), zerosPanel(state, unit, gutter));
    return {
      nodes: [html("div", { class: "panels" }, left, matrixPanel(state, matrixUnit))],
      formula: [sizeFormula(state), focusFormula(state)],
      sentence: `Input length ${x.length}, kernel ${weight.length}, stride ${stride}, padding ${padding}, output padding `
        + `${outputPadding}, dilation ${dilation}: output length ${size}. Output ${n} is ${letters ? sumText(n + padding) : short(y[n])}, `
        + `from ${terms.filter((t) => t.at === n + padding).length} of the stamps.`,
    };
  }

  function impossible(size) {
    const { stride, dilation, outputPadding, padding } = options();
    const text = size < 1
      ? `Padding ${padding} crops ${2 * padding} of the ${covered()} samples that the stamps cover: nothing is left.`
      : `Output padding ${outputPadding} must be smaller than stride ${stride} or dilation ${dilation}.`;
    return { nodes: [html("p", { class: "warning" }, text)], formula: [], sentence: text };
  }
  return view.stop;
}

const heading = (name, rest) => html("p", { class: "caption" }, name, " ", html("small", {}, rest));
const canvas = (width, height, title, children) =>
  svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, children);
const focusAttributes = (n) => ({ "data-output": n });

// View 1: a row for each stamp, their sum below. The axis is the output before the crop.
function stampsPanel({ x, padding, size, n, names, terms, product, sumText }, unit, gutter) {
  const covered = size + 2 * padding, sumRow = x.length * unit + 10, height = sumRow + unit + 20;
  const nodes = [svg("rect", { class: "band", x: gutter + (n + padding) * unit, y: -1, width: unit, height: sumRow + unit + 3, rx: 5 })];
  x.forEach((_, i) => {
    nodes.push(label(0, (i + 0.5) * unit, `${names.x[i]} · w`));
    for (const term of terms.filter((t) => t.i === i)) {
      nodes.push(box(gutter + term.at * unit, i * unit, unit, product(term), {
        series: i, kind: term.at === n + padding ? "on" : "", data: inside(term.at) ? focusAttributes(term.at - padding) : {},
      }));
    }
  });
  nodes.push(label(0, sumRow + unit / 2, "sum y"));
  for (let at = 0; at < covered; at++) {
    const kept = inside(at), hits = terms.filter((t) => t.at === at);
    nodes.push(box(gutter + at * unit, sumRow, unit, sumText(at), {
      kind: `${kept ? "sum" : "cropped"} ${at === n + padding ? "on" : ""}`, data: kept ? focusAttributes(at - padding) : {}, strong: kept,
    }));
    hits.forEach((t, h) => nodes.push(svg("rect", {
      class: "stripe", style: `--series: var(--segbook-${t.i % 6})`, height: 3.5, y: sumRow - 5,
      x: gutter + at * unit + 2 + (h * (unit - 4)) / hits.length, width: (unit - 4) / hits.length - 1 })));
    nodes.push(svg("text", { x: gutter + (at + 0.5) * unit, y: sumRow + unit + 13, "text-anchor": "middle",
                             class: `index ${at === n + padding ? "on" : ""}` }, kept ? at - padding : "✂"));
  }
  return html("div", {}, heading("Stamps", `each input sample stamps the kernel; overlaps add up${padding ? "; ✂ is cropped" : ""}`),
    canvas(gutter + covered * unit + 2, height, "Stamps and their sum", nodes));

  function inside(at) { return at >= padding && at < padding + size; }
}

// View 2: zeros between the samples and around them, then an ordinary convolution with the flipped kernel.
function zerosPanel({ x, weight, stride, padding, dilation, outputPadding, size, n, names, letters, sumText }, unit, gutter) {
  const zeros = zeroInserted(x, { kernelSize: weight.length, stride, padding, outputPadding, dilation });
  const y = conv1d(zeros.values, [...weight].reverse(), { dilation });
  const half = ((extent(weight.length, dilation) - 1) / 2) * unit, kernelRow = unit + 5, outRow = 2 * unit + 18;
  const left = (q) => gutter + q * unit, nodes = [];
  nodes.push(label(0, unit / 2, "zeros in"), label(0, kernelRow + unit / 2, "w flipped"), label(0, outRow + unit / 2, "y"));
  nodes.push(svg("rect", { class: "band", x: left(n), y: -1, width: extent(weight.length, dilation) * unit, height: kernelRow + unit + 3, rx: 5 }));
  zeros.values.forEach((_, q) => {
    const i = zeros.source[q];
    nodes.push(box(left(q), 0, unit, i === null ? "0" : names.x[i], { series: i, kind: i === null ? "zero" : "" }));
  });
  weight.forEach((_, j) => nodes.push(box(left(n + (weight.length - 1 - j) * dilation), kernelRow, unit, names.w[j])));
  y.forEach((value, m) => nodes.push(box(left(m) + half, outRow, unit, letters ? sumText(m + padding) : short(value),
    { kind: `sum ${m === n ? "on" : ""}`, data: focusAttributes(m), strong: true })));
  const middle = left(n) + half + unit / 2;
  nodes.push(svg("path", { class: "link", d: `M ${middle} ${kernelRow + unit + 3} V ${outRow}` }));
  const margin = dilation * (weight.length - 1) - padding;
  const note = `${stride - 1} between samples, d(k${MINUS}1)${MINUS}p = ${short(margin)} on each side${margin < 0 ? ": a crop" : ""}`
    + (outputPadding ? `, ${outputPadding} more at the end` : "");
  return html("div", {}, heading("Zeros, then convolution", note),
    canvas(Math.max(left(zeros.values.length), left(size) + half) + 1, outRow + unit + 8, "Zero insertion, then convolution with the flipped kernel", nodes));
}

// View 3: Wᵀ x = y. A column is a stamp, a row is the window of view 2.
function matrixPanel({ x, weight, stride, padding, dilation, outputPadding, size, n, names, letters, sumText }, unit) {
  const taps = transposedMatrix(x.length, weight, { stride, padding, outputPadding, dilation });
  const gutter = 20, top = 4, vector = gutter + (x.length + 0.7) * unit, out = vector + 1.7 * unit;
  const wide = letters ? 1.5 * unit : unit, height = top + Math.max(size, x.length) * unit + 2;
  const nodes = [svg("rect", { class: "band", x: gutter - 2, y: top + n * unit - 1, width: x.length * unit + 4, height: unit + 2, rx: 5 })];
  taps.forEach((row, m) => {
    nodes.push(svg("text", { class: `index ${m === n ? "on" : ""}`, x: gutter - 6, y: top + (m + 0.5) * unit, "text-anchor": "end", "dominant-baseline": "central" }, m));
    row.forEach((j, i) => nodes.push(box(gutter + i * unit, top + m * unit, unit, j === null ? "" : names.w[j], {
      series: j === null ? null : i, kind: j === null ? "empty" : m === n ? "on" : "", data: focusAttributes(m) })));
    nodes.push(box(out, top + m * unit, unit, sumText(m + padding),
      { width: wide, kind: `sum ${m === n ? "on" : ""}`, data: focusAttributes(m), strong: true }));
  });
  x.forEach((_, i) => nodes.push(box(vector, top + i * unit, unit, names.x[i], { series: i })));
  const middle = top + (x.length / 2) * unit;
  nodes.push(label(vector - 0.35 * unit, middle, "·", { "text-anchor": "middle" }), label(out - 0.35 * unit, middle, "=", { "text-anchor": "middle" }));
  const extra = outputPadding >= stride
    ? html("p", { class: "sentence" }, `Output padding reaches the stride: the convolution of ${size} samples has more than ${x.length} outputs, so its W has rows that x does not meet.`)
    : null;
  return html("div", {}, heading("Matrix Wᵀ", `${size} × ${x.length}`), canvas(out + wide + 4, height, "The matrix of the transposed convolution", nodes), extra);
}

function sizeFormula({ x, weight, stride, padding, dilation, outputPadding, size }) {
  return formulaLine(`O = (I ${MINUS} 1)·s ${MINUS} 2·p + d·(k ${MINUS} 1) + `, outputPaddingSymbol(), ` + 1 = `
    + `(${x.length} ${MINUS} 1)·${stride} ${MINUS} 2·${padding} + ${dilation}·(${weight.length} ${MINUS} 1) + ${outputPadding} + 1 = `,
  html("b", {}, size));
}

function focusFormula({ n, padding, y, names, letters, terms }) {
  const parts = terms.filter((t) => t.at === n + padding);
  const colour = (t) => ({ class: "term", style: `--series: var(--segbook-${t.i % 6})` });
  const sum = (text) => parts.flatMap((t, h) => [h ? " + " : "", html("span", colour(t), text(t))]);
  const symbols = sum((t) => `x[${t.i}]·w[${t.j}]`), values = sum((t) => `${names.x[t.i]}·${names.w[t.j]}`);
  if (!parts.length) return html("div", {}, html("var", {}, "y"), `[${n}] = 0: no stamp reaches it`);
  const line = letters ? values : [...symbols, " = ", ...values, " = ", html("b", {}, short(y[n]))];
  return html("div", {}, html("var", {}, "y"), `[${n}] = `, ...line);
}

export default { render };
