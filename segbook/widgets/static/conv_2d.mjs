// Conv2D: a window slides over an image; what it reads, what it writes, the rows and columns that no window reaches.
import { nearestWindow, planeKernel, planeOutput, planeWindow, unreadSamples, windowPlaces } from "./downsampling.mjs";
import { live } from "./figure.mjs";
import { convOutputSize, extent } from "./geometry.mjs";
import { box, canvas, clamp, formulaLine, html, MINUS, panel, panels, result, short, svg, tint, warning }
  from "./page.mjs";
import { point } from "./pointing.mjs";
import { hatched, inside, slideButton } from "./sliding.mjs";

const layerOf = ({ kernel_size, stride, padding, dilation }) =>
  ({ kernelSize: kernel_size, stride, padding, dilation });
const outputSizes = (state) =>
  [state.height, state.width].map((size) => Math.max(convOutputSize(size, layerOf(state)), 0));
const focusOf = (state) => [state.row, state.column].map((place, axis) => inside(place, outputSizes(state)[axis]));
const last = (axis) => (state) => [0, Math.max(outputSizes(state)[axis] - 1, 0)];
// The padding of a pooling is at most half its window; the same limit serves all three operations.
export const limits = {
  padding: ({ kernel_size }) => [0, Math.floor(kernel_size / 2)], row: last(0), column: last(1),
};

function controls(hand) {
  return [slideButton(hand, {
    after: "column",
    position: (state) => focusOf(state)[0] * outputSizes(state)[1] + focusOf(state)[1],
    count: (state) => outputSizes(state)[0] * outputSizes(state)[1],
    place: (n, state) => {
      const [, columns] = outputSizes(state);
      return { row: Math.floor(n / columns), column: n % columns };
    },
  })];
}

function start({ drawing, state, set }) {
  point(drawing, "[data-cell]", ({ dataset }) => {
    const now = state(), sizes = outputSizes(now), at = dataset.cell.split(",").map(Number);
    if (!sizes[0] || !sizes[1]) return;
    const [row, column] = dataset.of === "output" ? at
      : at.map((place, axis) => nearestWindow(place, sizes[axis], layerOf(now)));
    set({ row, column });
  });
}

export function draw(state, width) {
  const image = state.image.slice(0, state.height).map((line) => line.slice(0, state.width));
  const layer = layerOf(state), { kernelSize, stride, padding, dilation } = layer, { operation } = state;
  const shape = [state.height, state.width], out = outputSizes(state), at = focusOf(state);
  const formula = ["rows", "columns"].map((name, axis) => sizeFormula(name, shape[axis], layer));
  if (!out[0] || !out[1]) {
    const covers = extent(kernelSize, dilation), padded = shape.map((size) => size + 2 * padding).join(" × ");
    const text = `The kernel covers ${covers} × ${covers} pixels, the padded image has ${padded}: no window fits.`;
    return warning(text, formula);
  }
  const y = planeOutput(image, out, layer, operation), value = y[at[0]][at[1]];
  const [rows, columns] = shape.map((size, axis) => unreadSamples(size, out[axis], layer));
  const all = shape[0] * shape[1], dropped = all - (shape[0] - rows.length) * (shape[1] - columns.length);
  const across = shape[1] + 2 * padding, side = width >= 620, shown = operation === "maximum" ? 0 : kernelSize;
  const room = side ? (width - 60) / (across + out[1] + shown) : width / Math.max(across, out[1]);
  const unit = Math.floor(clamp(room, 17, 34));
  const lines = [["row", rows], ["column", columns]].filter(([, lost]) => lost.length)
    .map(([name, lost]) => `${name}${lost.length > 1 ? "s" : ""} ${lost.join(", ")}`).join(" and ");
  const lost = dropped ? `${dropped} of ${all} pixels ${dropped === 1 ? "is" : "are"} never read: ${lines}`
    : "Every pixel is read";
  return {
    nodes: [panels(inputPanel({ image, shape, layer, at, unread: [new Set(rows), new Set(columns)] }, unit),
      shown ? kernelPanel(planeKernel(operation, kernelSize), unit) : null, outputPanel({ y, out, at }, unit))],
    formula: [...formula, valueFormula(image, at, layer, operation, value), html("div", {}, lost)],
    sentence: `Image ${shape.join(" × ")}, kernel ${kernelSize}, stride ${stride}, padding ${padding}, dilation `
      + `${dilation}: output ${out.join(" × ")}. Output [${at.join(", ")}] is ${short(value)}. ${lost}.`,
  };
}

// The larger the value, the darker the box (on a dark page, the lighter), but its number stays easy to read.
function shade(cell, share) {
  cell.firstChild.style.fill = tint("var(--fg)", 0.04 + 0.26 * clamp(share, 0, 1));
  return cell;
}
const frame = (x, y, side) => svg("rect", { class: "band hollow", x, y, width: side, height: side, rx: 5 });

// The image and the padding round it; unread rows and columns hatched, the taps of the window in focus outlined.
function inputPanel({ image, shape: [height, width], layer, at, unread }, unit) {
  const { kernelSize, padding, dilation } = layer, nodes = [], left = (place) => (place + padding) * unit + 1;
  const [rows, columns] = at.map((n) => windowPlaces(n, layer)), covers = extent(kernelSize, dilation) * unit;
  for (let r = -padding; r < height + padding; r++) {
    for (let c = -padding; c < width + padding; c++) {
      const value = image[r]?.[c], held = value !== undefined, lost = held && (unread[0].has(r) || unread[1].has(c));
      const on = rows.includes(r) && columns.includes(c);
      const cell = box(left(c), left(r), unit, held ? short(value) : "", { series: lost ? 1 : on ? 0 : null,
        kind: `${held ? "" : "zero"} ${on ? "on" : ""}`, data: { "data-cell": `${r},${c}`, "data-of": "input" } });
      if (held && !lost && !on) shade(cell, value / 9);
      nodes.push(lost ? hatched(cell, left(c) + 1, left(r) + 1, unit - 2, 6) : cell);
    }
  }
  const side = (size) => (size + 2 * padding) * unit + 2;
  return panel("Image", `${height} × ${width}${padding ? `, padded by ${padding}` : ""}`,
    canvas(side(width), side(height), "The image and the window in focus",
      [...nodes, frame(left(columns[0]) - 1, left(rows[0]) - 1, covers + 2)]));
}

function kernelPanel(kernel, unit) {
  const side = kernel.length * unit + 2;
  return panel("Kernel", "", canvas(side, side, "The kernel", kernel.flatMap((line, r) => line.map((value, c) =>
    box(c * unit + 1, r * unit + 1, unit, short(value), { series: 0 })))));
}

function outputPanel({ y, out: [rows, columns], at }, unit) {
  const finite = y.flat().filter(Number.isFinite), low = Math.min(...finite), range = Math.max(...finite) - low || 1;
  const text = (value) => (Number.isFinite(value) ? short(Math.round(value * 10) / 10) : "−∞");   // more would crowd
  const nodes = y.flatMap((line, r) => line.map((value, c) =>
    shade(box(c * unit + 1, r * unit + 1, unit, text(value), { kind: `sum ${r === at[0] && c === at[1] ? "on" : ""}`,
      data: { "data-cell": `${r},${c}`, "data-of": "output" } }), (value - low) / range)));
  return panel("Output", `${rows} × ${columns}`, canvas(columns * unit + 2, rows * unit + 2, "The output",
    [...nodes, frame(at[1] * unit, at[0] * unit, unit + 2)]));
}

function sizeFormula(name, size, { kernelSize, stride, padding, dilation }) {
  const room = size + 2 * padding - extent(kernelSize, dilation), output = Math.floor(room / stride) + 1;
  return formulaLine(`${name}: ⌊(${size} + 2·${padding} ${MINUS} ${dilation}·(${kernelSize} ${MINUS} 1) ${MINUS} 1) / `
    + `${stride}⌋ + 1 = ⌊${short(room)} / ${stride}⌋ + 1 = `,
      result(output >= 1 ? output : `${short(output)}: no output`));
}

function valueFormula(image, at, layer, operation, value) {
  const values = planeWindow(image, at, layer).flat(), kernel = planeKernel(operation, layer.kernelSize).flat();
  const sum = (parts) => (parts.length ? parts.map(short).join(" + ") : "0");
  const inImage = planeWindow(image, at, layer, null).flat().filter((v) => v !== null);
  const side = (sign) => sum(values.filter((_, i) => kernel[i] === sign));
  const text = { maximum: `max(${inImage.map(short).join(", ")})`, mean: `(${sum(values)}) / ${values.length}`,
    edges: `(${side(1)}) ${MINUS} (${side(-1)})` }[operation];
  return formulaLine(`y[${at.join(", ")}] = ${text} = `, result(short(value)));
}

export default live({ title: "Convolution in the plane", limits, draw, controls, start });
