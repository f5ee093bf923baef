// Conv2D: a window slides over an image; what it reads, what it writes, the rows and columns that no window reaches.
import { nearestWindow, planeKernel, planeOutput, planeWindow, unreadSamples, windowPlaces } from "./downsampling.mjs";
import { convOutputSize, extent } from "./geometry.mjs";
import { box, change, choice, clamp, figure, formulaLine, html, short, slider, svg } from "./page.mjs";
import { hatched, slideButton } from "./sliding.mjs";

const settings = (height, width, kernel_size, stride, padding, dilation, operation) =>
  ({ height, width, kernel_size, stride, padding, dilation, operation });
const PRESETS = {
  "stride 2": settings(9, 10, 3, 2, 0, 1, "edges"),
  "same size": settings(8, 8, 3, 1, 1, 1, "mean"),
  "pooling": settings(9, 9, 2, 2, 0, 1, "maximum"),
  "dilation 2": settings(10, 10, 3, 1, 0, 2, "mean"),
  "holes": settings(10, 10, 3, 2, 0, 2, "mean"),
};
const TRAITS = ["height", "width", "kernel_size", "stride", "padding", "dilation", "operation", "row", "column"];
const MINUS = "−", LARGEST = 12;

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const layer = () => ({ kernelSize: get("kernel_size"), stride: get("stride"), padding: get("padding"), dilation: get("dilation") });
  const sizes = () => ["height", "width"].map((trait) => Math.max(convOutputSize(get(trait), layer()), 0));
  const fits = () => sizes().every((size) => size > 0);
  const focus = () => ["row", "column"].map((trait, axis) => clamp(get(trait), 0, Math.max(sizes()[axis] - 1, 0)));
  const go = ([row, column]) => change(model, { row, column });
  // The padding of a pooling is at most half its window; the same limit serves all three operations.
  const set = (values) => {
    change(model, values);
    const most = Math.floor(get("kernel_size") / 2);
    if (get("padding") > most) change(model, { padding: most });
    if (String(focus()) !== String([get("row"), get("column")])) go(focus());
  };
  const number = (trait, text, limits) => slider(model, trait, text, { ...limits, set: (v) => set({ [trait]: v }) });
  const place = (axis, trait, text) => slider(model, trait, text, { max: () => Math.max(sizes()[axis] - 1, 0), get: () => focus()[axis] });
  const slide = slideButton({ position: () => focus()[0] * sizes()[1] + focus()[1], count: () => sizes()[0] * sizes()[1],
                              go: (at) => go([Math.floor(at / sizes()[1]), at % sizes()[1]]) });
  const view = figure({
    model, el, title: "Convolution in the plane", presets: PRESETS, traits: TRAITS, draw,
    controls: [place(0, "row", "output row"), place(1, "column", "output column"), slide, number("stride", "stride s", { min: 1, max: 4 })],
    more: [number("height", "height", { min: 1, max: LARGEST }), number("width", "width", { min: 1, max: LARGEST }),
           number("kernel_size", "kernel size k", { min: 1, max: 5 }),
           number("padding", "padding p", { max: () => Math.floor(get("kernel_size") / 2) }), number("dilation", "dilation d", { min: 1, max: 3 }),
           choice(model, "operation", "the window", { mean: "takes the mean", edges: "right less left", maximum: "keeps the maximum" })],
  });
  const point = (event) => {
    const target = event.target.closest?.("[data-cell]");
    if (!target || !fits()) return;
    const at = target.dataset.cell.split(",").map(Number);
    const next = target.dataset.of === "input" ? at.map((place, axis) => nearestWindow(place, sizes()[axis], layer())) : at;
    if (String(next) !== String([get("row"), get("column")])) go(next);
  };
  view.drawing.addEventListener("click", point);
  view.drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); });

  function draw(available) {
    const image = get("image").slice(0, get("height")).map((line) => line.slice(0, get("width")));
    const options = layer(), shape = [get("height"), get("width")], out = sizes(), at = focus(), operation = get("operation");
    const { kernelSize, padding, dilation } = options;
    const formula = ["rows", "columns"].map((name, axis) => sizeFormula(name, shape[axis], options));
    if (!fits()) {
      const covers = extent(kernelSize, dilation);
      const text = `The kernel covers ${covers} × ${covers} pixels, the padded image has ${shape.map((size) => size + 2 * padding).join(" × ")}: no window fits.`;
      return { nodes: [html("p", { class: "warning" }, text)], formula, sentence: text };
    }
    const y = planeOutput(image, out, options, operation), [rows, columns] = shape.map((size, axis) => unreadSamples(size, out[axis], options));
    const dropped = shape[0] * shape[1] - (shape[0] - rows.length) * (shape[1] - columns.length);
    const across = shape[1] + 2 * padding, side = available >= 620;
    const unit = Math.floor(clamp(side ? (available - 30) / (across + out[1]) : available / Math.max(across, out[1]), 17, 34));
    const pixels = `${dropped} of ${shape[0] * shape[1]} pixels`;
    const lines = [["row", rows], ["column", columns]].filter(([, lost]) => lost.length).map(([name, lost]) => `${name}${lost.length > 1 ? "s" : ""} ${lost.join(", ")}`);
    const lost = dropped ? `${pixels} ${dropped === 1 ? "is" : "are"} never read: ${lines.join(" and ")}` : "Every pixel is read";
    return {
      nodes: [html("div", { class: "panels" },
        inputPanel({ image, shape, options, at, unread: [new Set(rows), new Set(columns)] }, unit), outputPanel({ y, out, at }, unit))],
      formula: [...formula, valueFormula(image, at, options, operation, y[at[0]][at[1]]), html("div", {}, lost)],
      sentence: `Image ${shape.join(" × ")}, kernel ${kernelSize}, stride ${options.stride}, padding ${padding}, dilation ${dilation}: output ${out.join(" × ")}. `
        + `Output [${at.join(", ")}] is ${short(y[at[0]][at[1]])}. ${lost}.`,
    };
  }
  return () => { slide.stop(); view.stop(); };
}

const heading = (name, rest) => html("p", { class: "caption" }, name, " ", html("small", {}, rest));
const canvas = (width, height, title, children) =>
  svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title }, children);

// The larger the value, the darker the box (on a dark page, the lighter), never so much that its number is hard to read.
const shade = (cell, share) => { cell.firstChild.style.fill = `color-mix(in srgb, var(--fg) ${(4 + 26 * clamp(share, 0, 1)).toFixed(1)}%, var(--bg))`; return cell; };

// The image and the padding round it; unread rows and columns hatched, the taps of the window in focus outlined.
function inputPanel({ image, shape: [height, width], options, at, unread }, unit) {
  const { kernelSize, padding, dilation } = options, nodes = [], over = []; // what is drawn on top
  const [rows, columns] = at.map((n) => windowPlaces(n, options)), covers = extent(kernelSize, dilation) * unit;
  const left = (place) => (place + padding) * unit + 1;
  for (let r = -padding; r < height + padding; r++) {
    for (let c = -padding; c < width + padding; c++) {
      const value = image[r]?.[c], inside = value !== undefined, lost = inside && (unread[0].has(r) || unread[1].has(c));
      const on = rows.includes(r) && columns.includes(c);
      const cell = box(left(c), left(r), unit, inside ? short(value) : "", { kind: `${inside ? "" : "zero"} ${on ? "on" : ""}`,
        series: lost ? 1 : on ? 0 : null, data: { "data-cell": `${r},${c}`, "data-of": "input" } });
      if (inside && !lost && !on) shade(cell, value / 9);
      nodes.push(lost ? hatched(cell, left(c) + 1, left(r) + 1, unit - 2, 6) : cell);
    }
  }
  over.push(svg("rect", { class: "band", x: left(columns[0]) - 1, y: left(rows[0]) - 1, width: covers + 2, height: covers + 2, rx: 5, style: "fill: none; stroke-width: 2.5" }));
  const side = (size) => (size + 2 * padding) * unit + 2;
  return html("div", {}, heading("Image", `${height} × ${width}${padding ? `, padded by ${padding}` : ""}`),
    canvas(side(width), side(height), "The image and the window in focus", [...nodes, ...over]));
}

function outputPanel({ y, out: [rows, columns], at }, unit) {
  const finite = y.flat().filter(Number.isFinite), low = Math.min(...finite), range = Math.max(...finite) - low || 1;
  const nodes = y.flatMap((line, r) => line.map((value, c) => {
    const on = r === at[0] && c === at[1];
    const text = Number.isFinite(value) ? short(Math.round(value * 10) / 10) : "−∞"; // two digits after the point crowd a box
    return shade(box(c * unit + 1, r * unit + 1, unit, text, { kind: `sum ${on ? "on" : ""}`,
      data: { "data-cell": `${r},${c}`, "data-of": "output" } }), (value - low) / range);
  }));
  nodes.push(svg("rect", { class: "band", x: at[1] * unit, y: at[0] * unit, width: unit + 2, height: unit + 2, rx: 5, style: "fill: none; stroke-width: 2.5" }));
  return html("div", {}, heading("Output", `${rows} × ${columns}`), canvas(columns * unit + 2, rows * unit + 2, "The output", nodes));
}

function sizeFormula(name, size, { kernelSize, stride, padding, dilation }) {
  const room = size + 2 * padding - extent(kernelSize, dilation), output = Math.floor(room / stride) + 1;
  return formulaLine(html("span", {}, `${name}: `), `⌊(${size} + 2·${padding} ${MINUS} ${dilation}·(${kernelSize} ${MINUS} 1) ${MINUS} 1) / ${stride}⌋ + 1 = ⌊${short(room)} / ${stride}⌋ + 1 = `,
    html("b", {}, output >= 1 ? output : `${short(output)}: no output`));
}

function valueFormula(image, at, options, operation, value) {
  const values = planeWindow(image, at, options).flat(), kernel = planeKernel(operation, options.kernelSize).flat();
  const list = (parts) => (parts.length ? parts.map(short).join(" + ") : "0");
  const inside = planeWindow(image, at, options, null).flat().filter((v) => v !== null);
  const side = (sign) => list(values.filter((_, i) => kernel[i] === sign));
  const text = { maximum: `max(${inside.map(short).join(", ")})`, mean: `(${list(values)}) / ${values.length}`,
                 edges: `(${side(1)}) ${MINUS} (${side(-1)})` }[operation];
  return formulaLine(`y[${at.join(", ")}] = ${text} = `, html("b", {}, short(value)));
}

export default { render };
