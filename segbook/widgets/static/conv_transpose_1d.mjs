// ConvTranspose1D: one transposed convolution seen three ways. One output sample is in focus in all of them.
import { live } from "./figure.mjs";
import { conv1d, convTranspose1d, convTransposeOutputSize, extent, stamps, transposedMatrix, zeroInserted }
  from "./geometry.mjs";
import { box, canvas, clamp, formulaLine, html, label, MINUS, mark, outputPaddingSymbol, panel, panels, range, result,
  series, short, svg, warning } from "./page.mjs";
import { point } from "./pointing.mjs";

const layerOf = ({ weight, stride, padding, output_padding, dilation }) =>
  ({ kernelSize: weight.length, stride, padding, outputPadding: output_padding, dilation });
const outputSize = (state) => convTransposeOutputSize(state.x.length, layerOf(state));
const covered = (state) => outputSize(state) + 2 * state.padding;
export const limits = {
  output_padding: ({ stride, dilation }) => [0, Math.max(stride, dilation) - 1],
  padding: (state) => [0, Math.floor((covered(state) - 1) / 2)],
  i: (state) => [0, outputSize(state) - 1],
};

function start({ drawing, set }) {
  point(drawing, "[data-output]", ({ dataset }) => set({ i: Number(dataset.output) }));
}

export function draw(state, width) {
  const { x, weight, letters } = state, layer = layerOf(state), { stride, padding, dilation, outputPadding } = layer;
  const size = outputSize(state);
  if (size < 1) {
    return warning(`Padding ${padding} crops ${2 * padding} of the ${covered(state)} samples that the stamps cover: `
      + "nothing is left.");
  }
  if (outputPadding >= Math.max(stride, dilation)) {
    return warning(`Output padding ${outputPadding} must be smaller than stride ${stride} or dilation ${dilation}.`);
  }
  const place = clamp(state.i, 0, size - 1), y = convTranspose1d(x, weight, layer);
  const names = letters                            // the chapter's letters as far as they go
    ? { x: x.map((_, i) => "abcdef"[i]), w: weight.map((_, j) => (weight.length <= 3 ? "fgh" : "αβγδε")[j]) }
    : { x: x.map(short), w: weight.map(short) };
  const terms = stamps(x, weight, layer);
  const product = ({ i, j, value }) => (letters ? names.x[i] + names.w[j] : short(value));
  const sumText = (at) => {
    const parts = terms.filter((term) => term.at === at);
    if (letters) return parts.length ? parts.map(product).join("+") : "0";
    return short(parts.reduce((sum, { value }) => sum + value, 0));
  };
  const shown = { x, weight, layer, size, place, y, names, letters, terms, product, sumText };

  // Stamps and zeros share the left column, the matrix stands beside them if there is room.
  const gutter = 66, columns = Math.max(covered(state), size + extent(weight.length, dilation) - 1);
  const matrixColumns = x.length + (letters ? 4.2 : 3.5), gap = 26, widest = letters ? 54 : 36;
  const beside = (width - gutter - gap - 34) / (columns + matrixColumns), sideBySide = beside >= 25;
  const smallest = width >= 600 ? 19 : 21;         // then it scrolls sideways
  const unit = Math.floor(clamp(sideBySide ? beside : (width - gutter) / columns, smallest, widest));
  const matrixRoom = sideBySide ? unit : (width - 24) / matrixColumns;
  const matrixUnit = Math.floor(clamp(matrixRoom, 22, size > 14 ? 24 : 34));
  const left = html("div", { style: `max-width: ${sideBySide ? `${gutter + columns * unit + 8}px` : "100%"}` },
    stampsPanel(shown, unit, gutter), zerosPanel(shown, unit, gutter));
  const hits = terms.filter(({ at }) => at === place + padding).length;
  return {
    nodes: [panels(left, matrixPanel(shown, matrixUnit))],
    formula: [sizeFormula(shown), focusFormula(shown)],
    sentence: `Input length ${x.length}, kernel ${weight.length}, stride ${stride}, padding ${padding}, output padding `
      + `${outputPadding}, dilation ${dilation}: output length ${size}. Output ${place} is `
      + `${letters ? sumText(place + padding) : short(y[place])}, from ${hits} of the stamps.`,
  };
}

const output = (place) => ({ "data-output": place });
const band = (x, y, width, height) => svg("rect", { class: "band", x, y, width, height, rx: 5 });

// View 1: a row for each stamp, their sum below. The axis is the output before the crop.
function stampsPanel({ x, layer: { padding }, size, place, names, terms, product, sumText }, unit, gutter) {
  const covered = size + 2 * padding, sumRow = x.length * unit + 10, left = (at) => gutter + at * unit;
  const kept = (at) => at >= padding && at < padding + size, focus = place + padding;
  const nodes = [band(left(focus), -1, unit, sumRow + unit + 3), label(0, sumRow + unit / 2, "sum y")];
  x.forEach((_, i) => nodes.push(label(0, (i + 0.5) * unit, `${names.x[i]} · w`)));
  terms.forEach((term) => nodes.push(box(left(term.at), term.i * unit, unit, product(term), { series: term.i,
    kind: term.at === focus ? "on" : "", data: kept(term.at) ? output(term.at - padding) : {} })));
  for (const at of range(covered)) {
    const on = at === focus ? "on" : "", hits = terms.filter((term) => term.at === at);
    nodes.push(box(left(at), sumRow, unit, sumText(at), { kind: `${kept(at) ? "sum" : "cropped"} ${on}`,
      data: kept(at) ? output(at - padding) : {}, strong: kept(at) }));
    hits.forEach(({ i }, h) => nodes.push(svg("rect", { class: "stripe", style: series(i), height: 3.5, y: sumRow - 5,
      x: left(at) + 2 + (h * (unit - 4)) / hits.length, width: (unit - 4) / hits.length - 1 })));
    nodes.push(mark(left(at) + unit / 2, sumRow + unit + 9, kept(at) ? at - padding : "✂", { class: `index ${on}` }));
  }
  return panel("Stamps", `each input sample stamps the kernel; overlaps add up${padding ? "; ✂ is cropped" : ""}`,
    canvas(left(covered) + 2, sumRow + unit + 20, "Stamps and their sum", nodes));
}

// View 2: zeros between the samples and around them, then an ordinary convolution with the flipped kernel.
function zerosPanel({ x, weight, layer, size, place, names, letters, sumText }, unit, gutter) {
  const { stride, padding, dilation, outputPadding } = layer, zeros = zeroInserted(x, layer), taps = weight.length;
  const y = conv1d(zeros.values, [...weight].reverse(), { dilation }), covers = extent(taps, dilation) * unit;
  const half = (covers - unit) / 2, kernelRow = unit + 5, outRow = 2 * unit + 18, left = (q) => gutter + q * unit;
  const nodes = [label(0, unit / 2, "zeros in"), label(0, kernelRow + unit / 2, "w flipped"),
    label(0, outRow + unit / 2, "y"), band(left(place), -1, covers, kernelRow + unit + 3)];
  zeros.source.forEach((i, q) => nodes.push(
    box(left(q), 0, unit, i === null ? "0" : names.x[i], { series: i, kind: i === null ? "zero" : "" })));
  weight.forEach((_, j) => nodes.push(box(left(place + (taps - 1 - j) * dilation), kernelRow, unit, names.w[j])));
  y.forEach((value, m) => nodes.push(box(left(m) + half, outRow, unit, letters ? sumText(m + padding) : short(value),
    { kind: `sum ${m === place ? "on" : ""}`, data: output(m), strong: true })));
  const middle = left(place) + half + unit / 2, margin = dilation * (taps - 1) - padding;
  nodes.push(svg("path", { class: "link", d: `M ${middle} ${kernelRow + unit + 3} V ${outRow}` }));
  const note = `${stride - 1} between samples, d(k${MINUS}1)${MINUS}p = ${short(margin)} on each side`
    + (margin < 0 ? ": a crop" : "") + (outputPadding ? `, ${outputPadding} more at the end` : "");
  return panel("Zeros, then convolution", note, canvas(Math.max(left(zeros.values.length), left(size) + half) + 1,
    outRow + unit + 8, "Zero insertion, then convolution with the flipped kernel", nodes));
}

// View 3: Wᵀ x = y. A column is a stamp, a row is the window of view 2.
function matrixPanel({ x, weight, layer, size, place, names, letters, sumText }, unit) {
  const taps = transposedMatrix(x.length, weight, layer), { stride, padding, outputPadding } = layer;
  const gutter = 20, top = 4, vector = gutter + (x.length + 0.7) * unit, out = vector + 1.7 * unit;
  const wide = letters ? 1.5 * unit : unit, height = top + Math.max(size, x.length) * unit + 2;
  const nodes = [band(gutter - 2, top + place * unit - 1, x.length * unit + 4, unit + 2)];
  taps.forEach((row, m) => {
    const y = top + m * unit, on = m === place ? "on" : "";
    nodes.push(mark(gutter - 6, y + unit / 2, m, { class: `index ${on}`, "text-anchor": "end" }));
    row.forEach((j, i) => nodes.push(box(gutter + i * unit, y, unit, j === null ? "" : names.w[j],
      { series: j === null ? null : i, kind: j === null ? "empty" : on, data: output(m) })));
    nodes.push(box(out, y, unit, sumText(m + padding),
      { width: wide, kind: `sum ${on}`, data: output(m), strong: true }));
  });
  x.forEach((_, i) => nodes.push(box(vector, top + i * unit, unit, names.x[i], { series: i })));
  const middle = top + (x.length / 2) * unit, centre = { "text-anchor": "middle" };
  nodes.push(label(vector - 0.35 * unit, middle, "·", centre), label(out - 0.35 * unit, middle, "=", centre));
  const extra = outputPadding < stride ? null
    : html("p", { class: "sentence" }, "Output padding reaches the stride: the "
    + `convolution of ${size} samples has more than ${x.length} outputs, so its W has rows that x does not meet.`);
  const drawing = canvas(out + wide + 4, height, "The matrix of the transposed convolution", nodes);
  return panel("Matrix Wᵀ", `${size} × ${x.length}`, [drawing, extra]);
}

function sizeFormula({ x, layer: { kernelSize, stride, padding, dilation, outputPadding }, size }) {
  return formulaLine(`O = (I ${MINUS} 1)·s ${MINUS} 2·p + d·(k ${MINUS} 1) + `, outputPaddingSymbol(), " + 1 = "
    + `(${x.length} ${MINUS} 1)·${stride} ${MINUS} 2·${padding} + ${dilation}·(${kernelSize} ${MINUS} 1) + `
    + `${outputPadding} + 1 = `, result(size));
}

function focusFormula({ place, layer: { padding }, y, names, letters, terms }) {
  const parts = terms.filter(({ at }) => at === place + padding);
  if (!parts.length) return formulaLine(`y[${place}] = 0: no stamp reaches it`);
  const sum = (text) => parts.map((term, h) =>
    [h ? " + " : "", html("span", { class: "term", style: series(term.i) }, text(term))]);
  const symbols = sum(({ i, j }) => `v[${i}]·w[${j}]`), values = sum(({ i, j }) => `${names.x[i]}·${names.w[j]}`);
  const line = letters ? values : [...symbols, " = ", ...values, " = ", result(short(y[place]))];
  return html("div", {}, html("var", {}, "y"), `[${place}] = `, line);
}

export default live({ title: "Transposed convolution, three views", limits, draw, start });
