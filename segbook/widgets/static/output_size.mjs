// OutputSize: which input sizes collapse to one output size, and which of them comes back.
import { live } from "./figure.mjs";
import { collapsingInputSizes, convOutputSize, convTransposeOutputSize, extent, restoringOutputPadding }
  from "./geometry.mjs";
import { box, canvas, clamp, formulaLine, label, MINUS, outputPaddingSymbol, result, series, short, svg }
  from "./page.mjs";
import { point } from "./pointing.mjs";

const MOST = 32;                                   // the largest input size
const layerOf = ({ kernel_size, stride, padding, dilation }) =>
  ({ kernelSize: kernel_size, stride, padding, dilation });
export const limits = { output_padding: ({ stride }) => [0, stride - 1] };

function start({ drawing, set }) {
  point(drawing, "[data-size]", ({ dataset }) => set({ input_size: Number(dataset.size) }), { hover: false });
}

export function draw(state, width) {
  const layer = layerOf(state), chosen = state.input_size, outputPadding = state.output_padding;
  const gutter = 86, count = Math.floor(clamp((width - gutter - 2) / 29, 7, 24));
  const unit = Math.floor(clamp((width - gutter - 2) / count, 24, 40));
  const target = convOutputSize(chosen, layer), returned = (size) =>
    convTransposeOutputSize(size, { ...layer, outputPadding });
  const back = target >= 1 ? returned(target) : null;
  const first = Math.max(Math.max(chosen, back) - count + 2, 1), last = first + count - 1;
  const left = (size) => gutter + (size - first) * unit, rowA = 0, rowB = unit + 62, rowC = 2 * unit + 124;
  const centre = (outputSize) => {
    const [a, b] = collapsingInputSizes(outputSize, layer);
    return (left(Math.max(a, first)) + left(Math.min(b, last)) + unit) / 2;
  };
  const links = [], cells = [], seen = new Set(), reached = new Map();
  const link = (x1, y1, x2, y2, on, index) => links.push(svg("path", { class: `link series ${on ? "on" : ""}`,
    style: series(index), d: `M ${x1} ${y1} C ${x1} ${y1 + 30}, ${x2} ${y2 - 30}, ${x2} ${y2}` }));
  for (let size = first; size <= Math.min(last, MOST); size++) {
    const outputSize = convOutputSize(size, layer), fits = outputSize >= 1, on = size === chosen;
    cells.push(box(left(size), rowA, unit, size, { series: fits ? outputSize : null,
      kind: `${on ? "on" : ""} ${fits ? "" : "zero"}`, data: { "data-size": size } }));
    if (!fits) continue;
    link(left(size) + unit / 2, rowA + unit, centre(outputSize), rowB, on, outputSize);
    seen.add(outputSize);
  }
  for (const outputSize of seen) {
    const on = outputSize === target, comes = returned(outputSize), kind = on ? "on" : "";
    cells.push(box(centre(outputSize) - unit / 2, rowB, unit, outputSize, { series: outputSize, kind, strong: true }));
    if (comes < first || comes > last) continue;
    link(centre(outputSize), rowB + unit, left(comes) + unit / 2, rowC, on, outputSize);
    reached.set(comes, outputSize);
  }
  for (let size = first; size <= last; size++) {
    cells.push(box(left(size), rowC, unit, size, { series: reached.get(size) ?? null,
      kind: reached.has(size) ? (size === back ? "on" : "") : "zero" }));
  }
  const caption = (y, ...lines) =>
    lines.map((text, i) => label(0, y + unit / 2 + (i - (lines.length - 1) / 2) * 15, text));
  const words = [...caption(rowA, "input size N"), ...caption(rowB, "I after the", "convolution"),
    ...caption(rowC, "O after the", "transpose")];
  return {
    nodes: [canvas(gutter + count * unit + 2, rowC + unit + 4,
      "Input sizes, the output sizes they are mapped to, and the sizes that come back", [links, cells, words])],
    ...inWords(chosen, target, back, layer, outputPadding),
  };
}

function inWords(chosen, target, back, layer, outputPadding) {
  const { kernelSize, stride, padding, dilation } = layer, taps = `${dilation}·(${kernelSize} ${MINUS} 1)`;
  const conv = formulaLine(`I = ⌊(N + 2·p ${MINUS} d·(k ${MINUS} 1) ${MINUS} 1) / s⌋ + 1 = ⌊(${chosen} + 2·${padding} `
    + `${MINUS} ${taps} ${MINUS} 1) / ${stride}⌋ + 1 = `, result(target >= 1 ? target : "no output"));
  if (target < 1) {
    const sentence = `A kernel that covers ${extent(kernelSize, dilation)} samples does not fit `
      + `${chosen + 2 * padding}.`;
    return { formula: [conv], sentence };
  }
  const restored = back === chosen, transpose = formulaLine(`O = (I ${MINUS} 1)·s ${MINUS} 2·p + d·(k ${MINUS} 1) + `,
    outputPaddingSymbol(), ` + 1 = (${target} ${MINUS} 1)·${stride} ${MINUS} 2·${padding} + ${taps} + ${outputPadding} `
      + "+ 1 = ", result(short(back)), restored ? " = N ✓" : ` ≠ ${chosen} = N ✗`);
  const formula = [conv, transpose];
  if (back < 1) {
    return { formula, sentence: `The transpose returns nothing: padding ${padding} crops all that the stamps cover.` };
  }
  const [a, b] = collapsingInputSizes(target, layer), group = a === b ? `only ${a} gives` : `${a} to ${b} all give`;
  const need = restoringOutputPadding(chosen, layer);
  const verdict = restored ? "the size that went in" : `not ${chosen}: that takes output padding ${need}`;
  const sentence = `Of the input sizes, ${group} ${target}. With output padding ${outputPadding} the transpose returns `
    + `${back}, ${verdict}.`;
  return { formula, sentence };
}

export default live({ title: "Which size comes back?", limits, draw, start });
