// Conv1D: a window slides over a signal; its products and their sum, all windows, the samples that none of them reads.
import { matrixTaps, nearestWindow, unreadSamples, windowPlaces } from "./downsampling.mjs";
import { conv1d, convOutputSize, extent } from "./geometry.mjs";
import { box, change, checkbox, clamp, figure, formulaLine, html, label, numberFields, short, slider, svg } from "./page.mjs";
import { hatched, slideButton } from "./sliding.mjs";

const DIGITS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7], TAPS = [1, 2, 3, 2, 1];
const settings = (length, weight, stride, padding, dilation, focus) =>
  ({ x: DIGITS.slice(0, length), weight, stride, padding, dilation, focus });
const PRESETS = {
  "by hand": settings(8, [1, 2, 3], 2, 0, 1, 1),
  "same size": settings(8, [1, 2, 3], 1, 1, 1, 0),
  "gaps": settings(10, [1, 2], 3, 0, 1, 1),
  "dilation 2": settings(10, [1, 2, 3], 1, 0, 2, 2),
  "holes": settings(12, [1, 2, 3], 2, 0, 2, 1),
};
const TRAITS = ["x", "weight", "stride", "padding", "dilation", "focus", "matrix"];
const MINUS = "−";

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const layer = () => ({ kernelSize: get("weight").length, stride: get("stride"), padding: get("padding"), dilation: get("dilation") });
  const outputSize = () => Math.max(convOutputSize(get("x").length, layer()), 0);
  const focus = () => clamp(get("focus"), 0, Math.max(outputSize() - 1, 0));
  const set = (values) => {
    change(model, values);
    if (get("focus") !== focus()) change(model, { focus: focus() });
  };
  const number = (trait, text, limits) => slider(model, trait, text, { ...limits, set: (v) => set({ [trait]: v }) });
  const length = (trait, text, fill, max) => slider(model, trait, text, {
    min: 1, max, get: () => get(trait).length,
    set: (n) => set({ [trait]: Array.from({ length: n }, (_, i) => get(trait)[i] ?? fill[i % fill.length]) }),
  });
  const slide = slideButton({ position: focus, count: outputSize, go: (n) => change(model, { focus: n }) });
  const view = figure({
    model, el, title: "Convolution: a window slides", presets: PRESETS, traits: TRAITS, draw,
    controls: [slider(model, "focus", "output n", { max: () => Math.max(outputSize() - 1, 0), get: focus }), slide,
               number("stride", "stride s", { min: 1, max: 4 })],
    more: [length("x", "input length N", DIGITS, 14), length("weight", "kernel size k", TAPS, 5),
           number("padding", "padding p", { max: 4 }), number("dilation", "dilation d", { min: 1, max: 3 }),
           numberFields(model, "x", "input x"), numberFields(model, "weight", "kernel w"),
           checkbox(model, "matrix", "show the matrix W")],
  });
  // An output chooses its window, a sample the window whose middle is nearest.
  const point = (event) => {
    const target = event.target.closest?.("[data-output], [data-place]");
    if (!target) return;
    const n = target.dataset.output ?? nearestWindow(Number(target.dataset.place), outputSize(), layer());
    if (outputSize() && Number(n) !== get("focus")) change(model, { focus: Number(n) });
  };
  view.drawing.addEventListener("click", point);
  view.drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); });

  function draw(width) {
    const x = get("x"), weight = get("weight"), options = layer(), size = outputSize();
    const unread = unreadSamples(x.length, size, options);
    const state = { x, weight, ...options, size, n: focus(), y: conv1d(x, weight, options), options, unread: new Set(unread), matrix: get("matrix") };
    const { padding, dilation } = options, covers = extent(weight.length, dilation), padded = x.length + 2 * padding;
    if (!size) {
      const text = `The kernel covers ${covers} samples, the padded signal has ${padded}: no window fits, and torch refuses.`;
      return { nodes: [html("p", { class: "warning" }, text)], formula: [sizeFormula(state)], sentence: text };
    }
    const gutter = 66, unit = Math.floor(clamp((width - gutter - 2) / padded, width >= 600 ? 19 : 21, 46));
    const lost = unread.length ? `${unread.length} of ${x.length} samples ${unread.length === 1 ? "is" : "are"} never read: ${unread.map((i) => `x[${i}]`).join(", ")}` : "Every sample is read";
    return {
      nodes: [windowPanel(state, unit, gutter)],
      formula: [sizeFormula(state), focusFormula(state), html("div", {}, lost)],
      sentence: `Input length ${x.length}, kernel ${weight.length}, stride ${options.stride}, padding ${padding}, dilation ${dilation}: `
        + `output length ${size}. Output ${state.n} is ${short(state.y[state.n])}. ${lost}.`,
    };
  }
  return () => { slide.stop(); view.stop(); };
}

// From top to bottom: the signal, the kernel under the window in focus, the products, all windows, the outputs, W.
// Every column of the drawing is one sample of the padded signal.
function windowPanel({ x, weight, kernelSize, stride, padding, dilation, size, n, y, options, unread, matrix }, unit, gutter) {
  const covers = extent(kernelSize, dilation), padded = x.length + 2 * padding, left = (place) => gutter + (place + padding) * unit;
  const lanes = Math.ceil(covers / stride), lane = 7;
  const top = 16, kernelRow = top + unit + 8, productRow = kernelRow + unit + 3, laneRow = productRow + unit + 12;
  const outRow = laneRow + lanes * lane + 8, matrixRow = outRow + unit + 34, row = Math.min(unit, 26);
  const places = windowPlaces(n, options), start = left(places[0]), middle = start + (covers * unit) / 2, nodes = [];
  nodes.push(svg("rect", { class: "band", x: start, y: top - 2, width: covers * unit, height: productRow + unit + 4 - top, rx: 5 }));
  nodes.push(svg("path", { class: "link on", d: `M ${middle} ${productRow + unit + 3} V ${outRow}` }));
  const names = [[top, unit, "x"], [kernelRow, unit, "w"], [productRow, unit, "products"], [laneRow, lanes * lane, "windows"], [outRow, unit, "sum y"]];
  names.forEach(([at, height, text]) => nodes.push(label(0, at + height / 2, text)));
  for (let place = -padding; place < x.length + padding; place++) {
    const inside = place >= 0 && place < x.length, on = places.includes(place);
    const kind = `${inside ? "" : "zero"} ${on ? "on" : ""}`;
    const cell = box(left(place), top, unit, inside ? short(x[place]) : 0, { kind, series: unread.has(place) ? 1 : null, data: { "data-place": place } });
    nodes.push(unread.has(place) ? hatched(cell, left(place) + 1, top + 1, unit - 2) : cell);
    if (inside) nodes.push(svg("text", { class: `index ${on ? "on" : ""}`, x: left(place) + unit / 2, y: 10, "text-anchor": "middle" }, place));
  }
  places.forEach((place, j) => {
    nodes.push(box(left(place), kernelRow, unit, short(weight[j]), { series: 0 }));
    nodes.push(box(left(place), productRow, unit, short(weight[j] * (x[place] ?? 0)), { kind: "on" }));
  });
  for (let m = 0; m < size; m++) {
    const height = laneRow + (m % lanes) * lane, taps = windowPlaces(m, options), series = m === n ? "var(--segbook-focus)" : "var(--segbook-0)";
    const line = { stroke: series, "stroke-width": m === n ? 2 : 1 };
    nodes.push(svg("path", { ...line, d: `M ${left(taps[0]) + 3} ${height + 2} H ${left(taps.at(-1)) + unit - 3}` }));
    taps.forEach((place) => nodes.push(svg("rect", { x: left(place) + 3, y: height, width: unit - 6, height: 4, fill: series })));
    const at = left(taps[0]) + ((covers - 1) * unit) / 2;
    nodes.push(box(at, outRow, unit, short(y[m]), { kind: `sum ${m === n ? "on" : ""}`, strong: true, data: { "data-output": m } }));
    nodes.push(svg("text", { class: `index ${m === n ? "on" : ""}`, x: at + unit / 2, y: outRow + unit + 12, "text-anchor": "middle" }, m));
  }
  if (matrix) nodes.push(...matrixRows());
  const width = left(x.length + padding) + 2, height = matrix ? matrixRow + size * row + 4 : outRow + unit + 18;
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "A window over a signal, its products and their sum" }, nodes);

  // W stands under the signal: column i is sample i, and a column without a tap is a sample that nobody reads.
  function matrixRows() {
    const parts = [label(0, matrixRow + (size * row) / 2, "W"),
      svg("rect", { class: "band", x: left(0) - 2, y: matrixRow + n * row - 1, width: x.length * unit + 4, height: row + 2, rx: 5 })];
    matrixTaps(x.length, size, options).forEach((line, m) => line.forEach((j, i) => {
      const at = left(i) + (unit - row) / 2, y = matrixRow + m * row; // squares of the row's height in the sample's column
      const cell = box(at, y, row, j === null ? "" : short(weight[j]), { series: j === null ? null : 0,
        kind: j === null ? "empty" : m === n ? "on" : "", data: { "data-output": m } });
      parts.push(unread.has(i) ? hatched(cell, at + 1, y + 1, row - 2, 7) : cell);
    }));
    return parts;
  }
}

function sizeFormula({ x, kernelSize, stride, padding, dilation, size }) {
  const room = x.length + 2 * padding - extent(kernelSize, dilation);
  return formulaLine(`I = ⌊(N + 2·p ${MINUS} d·(k ${MINUS} 1) ${MINUS} 1) / s⌋ + 1 = `
    + `⌊(${x.length} + 2·${padding} ${MINUS} ${dilation}·(${kernelSize} ${MINUS} 1) ${MINUS} 1) / ${stride}⌋ + 1 = `
    + `⌊${short(room)} / ${stride}⌋ + 1 = `, html("b", {}, size || `${short(Math.floor(room / stride) + 1)}: no output`));
}

function focusFormula({ x, weight, n, y, options }) {
  const taps = windowPlaces(n, options).map((place, j) => ({ place, j, value: x[place] ?? 0, padded: x[place] === undefined }));
  const symbols = taps.map(({ place, j, padded }) => `${padded ? "0" : `x[${place}]`}·w[${j}]`).join(" + ");
  const values = taps.map(({ value, j }) => `${short(value)}·${short(weight[j])}`).join(" + ");
  return formulaLine(`y[${n}] = ${symbols} = ${values} = `, html("b", {}, short(y[n])));
}

export default { render };
