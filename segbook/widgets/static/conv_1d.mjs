// Conv1D: a window slides over a signal; its products and their sum, all windows, the samples that none of them reads.
import { matrixTaps, nearestWindow, unreadSamples, windowPlaces } from "./downsampling.mjs";
import { live } from "./figure.mjs";
import { conv1d, convOutputSize, extent } from "./geometry.mjs";
import { box, canvas, clamp, formulaLine, html, label, MINUS, mark, range, result, short, svg, warning }
  from "./page.mjs";
import { point } from "./pointing.mjs";
import { hatched, inside, slideButton } from "./sliding.mjs";

const layerOf = ({ weight, stride, padding, dilation }) => ({ kernelSize: weight.length, stride, padding, dilation });
const outputSize = (state) => Math.max(convOutputSize(state.x.length, layerOf(state)), 0);
const focusOf = (state) => inside(state.n, outputSize(state));
export const limits = { n: (state) => [0, Math.max(outputSize(state) - 1, 0)] };

function controls(hand) {
  return [slideButton(hand, { after: "n", position: focusOf, count: outputSize, place: (n) => ({ n }) })];
}

// An output chooses its window, a sample the window whose middle is nearest.
function start({ drawing, state, set }) {
  point(drawing, "[data-output], [data-place]", ({ dataset }) => {
    const now = state(), size = outputSize(now);
    if (size) set({ n: Number(dataset.output ?? nearestWindow(Number(dataset.place), size, layerOf(now))) });
  });
}

export function draw(state, width) {
  const { x, weight } = state, layer = layerOf(state), { stride, padding, dilation } = layer, size = outputSize(state);
  const covers = extent(weight.length, dilation), padded = x.length + 2 * padding;
  if (!size) {
    return warning(`The kernel covers ${covers} samples, the padded signal has ${padded}: no window fits, and torch `
      + "refuses.", [sizeFormula(x, layer)]);
  }
  const unread = unreadSamples(x.length, size, layer), n = focusOf(state), y = conv1d(x, weight, layer);
  const gutter = 66, unit = Math.floor(clamp((width - gutter - 2) / padded, width >= 600 ? 19 : 21, 46));
  const verb = unread.length === 1 ? "is" : "are", names = unread.map((i) => `x[${i}]`).join(", ");
  const lost = unread.length ? `${unread.length} of ${x.length} samples ${verb} never read: ${names}`
    : "Every sample is read";
  return {
    nodes: [windowPanel({ ...state, layer, size, n, y, unread: new Set(unread) }, unit, gutter)],
    formula: [sizeFormula(x, layer), focusFormula({ x, weight, n, y, layer }), html("div", {}, lost)],
    sentence: `Input length ${x.length}, kernel ${weight.length}, stride ${stride}, padding ${padding}, dilation `
      + `${dilation}: output length ${size}. Output ${n} is ${short(y[n])}. ${lost}.`,
  };
}

// From top to bottom: the signal, the kernel under the window in focus, the products, all windows, the outputs, W.
// Every column of the drawing is one sample of the padded signal.
function windowPanel({ x, weight, layer, size, n, y, unread, matrix }, unit, gutter) {
  const { stride, padding, dilation } = layer, covers = extent(weight.length, dilation);
  const left = (place) => gutter + (place + padding) * unit;
  const lanes = Math.ceil(covers / stride), lane = 7;
  const top = 16, kernelRow = top + unit + 8, productRow = kernelRow + unit + 3, laneRow = productRow + unit + 12;
  const outRow = laneRow + lanes * lane + 8, matrixRow = outRow + unit + 34, row = Math.min(unit, 26);
  const places = windowPlaces(n, layer), start = left(places[0]), middle = start + (covers * unit) / 2;
  const nodes = [
    svg("rect", { class: "band", x: start, y: top - 2, width: covers * unit, height: productRow + unit + 4 - top,
      rx: 5 }),
    svg("path", { class: "link on", d: `M ${middle} ${productRow + unit + 3} V ${outRow}` }),
  ];
  const names = [[top, unit, "x"], [kernelRow, unit, "w"], [productRow, unit, "products"],
    [laneRow, lanes * lane, "windows"], [outRow, unit, "sum y"]];
  names.forEach(([at, height, text]) => nodes.push(label(0, at + height / 2, text)));
  for (let place = -padding; place < x.length + padding; place++) {
    const held = place >= 0 && place < x.length, on = places.includes(place) ? "on" : "";
    const cell = box(left(place), top, unit, held ? short(x[place]) : 0, { kind: `${held ? "" : "zero"} ${on}`,
      series: unread.has(place) ? 1 : null, data: { "data-place": place } });
    nodes.push(unread.has(place) ? hatched(cell, left(place) + 1, top + 1, unit - 2) : cell);
    if (held) nodes.push(mark(left(place) + unit / 2, 6, place, { class: `index ${on}` }));
  }
  places.forEach((place, j) => nodes.push(box(left(place), kernelRow, unit, short(weight[j]), { series: 0 }),
    box(left(place), productRow, unit, short(weight[j] * (x[place] ?? 0)), { kind: "on" })));
  for (const m of range(size)) {
    const on = m === n ? "on" : "", colour = on ? "var(--segbook-focus)" : "var(--segbook-0)";
    const height = laneRow + (m % lanes) * lane, taps = windowPlaces(m, layer);
    nodes.push(svg("path", { stroke: colour, "stroke-width": on ? 2 : 1,
      d: `M ${left(taps[0]) + 3} ${height + 2} H ${left(taps.at(-1)) + unit - 3}` }));
    taps.forEach((place) =>
      nodes.push(svg("rect", { x: left(place) + 3, y: height, width: unit - 6, height: 4, fill: colour })));
    const at = left(taps[0]) + ((covers - 1) * unit) / 2;
    nodes.push(box(at, outRow, unit, short(y[m]), { kind: `sum ${on}`, strong: true, data: { "data-output": m } }),
      mark(at + unit / 2, outRow + unit + 8, m, { class: `index ${on}` }));
  }
  if (matrix) nodes.push(...matrixRows());
  const height = matrix ? matrixRow + size * row + 4 : outRow + unit + 18;
  return canvas(left(x.length + padding) + 2, height, "A window over a signal, its products and their sum", nodes);

  // W stands under the signal: column i is sample i, and a column without a tap is a sample that nobody reads.
  function matrixRows() {
    const parts = [label(0, matrixRow + (size * row) / 2, "W"), svg("rect", { class: "band", x: left(0) - 2,
      y: matrixRow + n * row - 1, width: x.length * unit + 4, height: row + 2, rx: 5 })];
    matrixTaps(x.length, size, layer).forEach((line, m) => line.forEach((j, i) => {
      const at = left(i) + (unit - row) / 2, y = matrixRow + m * row;   // squares in the sample's column
      const cell = box(at, y, row, j === null ? "" : short(weight[j]), { series: j === null ? null : 0,
        kind: j === null ? "empty" : m === n ? "on" : "", data: { "data-output": m } });
      parts.push(unread.has(i) ? hatched(cell, at + 1, y + 1, row - 2, 7) : cell);
    }));
    return parts;
  }
}

function sizeFormula(x, { kernelSize, stride, padding, dilation }) {
  const room = x.length + 2 * padding - extent(kernelSize, dilation), size = Math.floor(room / stride) + 1;
  return formulaLine(`I = ⌊(N + 2·p ${MINUS} d·(k ${MINUS} 1) ${MINUS} 1) / s⌋ + 1 = `
    + `⌊(${x.length} + 2·${padding} ${MINUS} ${dilation}·(${kernelSize} ${MINUS} 1) ${MINUS} 1) / ${stride}⌋ + 1 = `
    + `⌊${short(room)} / ${stride}⌋ + 1 = `, result(size >= 1 ? size : `${short(size)}: no output`));
}

function focusFormula({ x, weight, n, y, layer }) {
  const places = windowPlaces(n, layer);
  const symbols = places.map((place, j) => `${x[place] === undefined ? "0" : `x[${place}]`}·w[${j}]`).join(" + ");
  const values = places.map((place, j) => `${short(x[place] ?? 0)}·${short(weight[j])}`).join(" + ");
  return formulaLine(`y[${n}] = ${symbols} = ${values} = `, result(short(y[n])));
}

export default live({ title: "Convolution: a window slides", limits, draw, controls, start });
