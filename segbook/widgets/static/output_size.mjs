// OutputSize: which input sizes collapse to one output size, and which of them comes back.
import { collapsingInputSizes, convOutputSize, convTransposeOutputSize, restoringOutputPadding } from "./geometry.mjs";
import { box, change, clamp, figure, formulaLine, html, label, outputPaddingSymbol, short, slider, svg } from "./page.mjs";

const PRESETS = {
  "a false claim": { input_size: 17, kernel_size: 5, stride: 3, padding: 2, dilation: 1, output_padding: 0 },
  "the way back": { input_size: 17, kernel_size: 5, stride: 3, padding: 2, dilation: 1, output_padding: 1 },
  "halving": { input_size: 9, kernel_size: 3, stride: 2, padding: 1, dilation: 1, output_padding: 0 },
  "stride 1": { input_size: 8, kernel_size: 3, stride: 1, padding: 1, dilation: 1, output_padding: 0 },
};
const TRAITS = ["input_size", "kernel_size", "stride", "padding", "dilation", "output_padding"];
const MINUS = "−", MAX_INPUT = 32;

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const options = () => ({ kernelSize: get("kernel_size"), stride: get("stride"), padding: get("padding"), dilation: get("dilation") });
  const set = (values) => {
    change(model, values);
    if (get("output_padding") >= get("stride")) change(model, { output_padding: get("stride") - 1 });
  };
  const number = (trait, text, limits) => slider(model, trait, text, { ...limits, set: (v) => set({ [trait]: v }) });
  const view = figure({
    model, el, title: "Which size comes back?", presets: PRESETS, traits: TRAITS, draw,
    controls: [number("input_size", "input size N", { min: 1, max: MAX_INPUT }),
               number("output_padding", "output padding", { max: () => get("stride") - 1 })],
    more: [number("kernel_size", "kernel size k", { min: 1, max: 7 }), number("stride", "stride s", { min: 1, max: 5 }),
           number("padding", "padding p", { max: 4 }), number("dilation", "dilation d", { min: 1, max: 3 })],
  });
  view.drawing.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-size]");
    if (target) change(model, { input_size: Number(target.dataset.size) });
  });

  function draw(width) {
    const chosen = get("input_size"), outputPadding = get("output_padding"), settings = options();
    const gutter = 86, count = Math.floor(clamp((width - gutter - 2) / 29, 7, 24));
    const unit = Math.floor(clamp((width - gutter - 2) / count, 24, 40));
    const target = convOutputSize(chosen, settings);
    const back = target >= 1 ? convTransposeOutputSize(target, { ...settings, outputPadding }) : null;
    const first = Math.max(Math.max(chosen, back) - count + 2, 1), last = first + count - 1;
    const left = (size) => gutter + (size - first) * unit;
    const rowA = 0, rowB = unit + 62, rowC = 2 * unit + 124;
    const centre = (outputSize) => {
      const [a, b] = collapsingInputSizes(outputSize, settings);
      return (left(Math.max(a, first)) + left(Math.min(b, last)) + unit) / 2;
    };
    const links = [], cells = [], seen = new Set(), reached = new Map();
    const link = (x1, y1, x2, y2, kind, series) => links.push(svg("path", {
      class: `link series ${kind}`, style: `--series: var(--segbook-${series % 6})`, d: `M ${x1} ${y1} C ${x1} ${y1 + 30}, ${x2} ${y2 - 30}, ${x2} ${y2}` }));
    for (let size = first; size <= Math.min(last, MAX_INPUT); size++) {
      const outputSize = convOutputSize(size, settings), fits = outputSize >= 1, on = size === chosen;
      cells.push(box(left(size), rowA, unit, size, { series: fits ? outputSize : null, kind: `${on ? "on" : ""} ${fits ? "" : "zero"}`, data: { "data-size": size } }));
      if (!fits) continue;
      link(left(size) + unit / 2, rowA + unit, centre(outputSize), rowB, on ? "on" : "", outputSize);
      seen.add(outputSize);
    }
    for (const outputSize of seen) {
      const on = outputSize === target, returned = convTransposeOutputSize(outputSize, { ...settings, outputPadding });
      cells.push(box(centre(outputSize) - unit / 2, rowB, unit, outputSize, { series: outputSize, kind: on ? "on" : "", strong: true }));
      if (returned >= first && returned <= last) {
        link(centre(outputSize), rowB + unit, left(returned) + unit / 2, rowC, on ? "on" : "", outputSize);
        reached.set(returned, outputSize);
      }
    }
    for (let size = first; size <= last; size++) {
      cells.push(box(left(size), rowC, unit, size, { series: reached.get(size) ?? null,
        kind: reached.has(size) ? (size === back ? "on" : "") : "zero" }));
    }
    const caption = (y, ...lines) => lines.map((text, i) => label(0, y + unit / 2 + (i - (lines.length - 1) / 2) * 15, text));
    const words = [...caption(rowA, "input size N"), ...caption(rowB, "I after the", "convolution"), ...caption(rowC, "O after the", "transpose")];
    const height = rowC + unit + 4;
    const drawing = svg("svg", { width: gutter + count * unit + 2, height, viewBox: `0 0 ${gutter + count * unit + 2} ${height}`, role: "img",
      "aria-label": "Input sizes, the output sizes they are mapped to, and the sizes that come back" }, links, cells, words);
    return { nodes: [drawing], ...inWords(chosen, target, back, settings, outputPadding) };
  }
  return view.stop;
}

function inWords(chosen, target, back, { kernelSize, stride, padding, dilation }, outputPadding) {
  const settings = { kernelSize, stride, padding, dilation };
  const conv = formulaLine(`I = ⌊(N + 2·p ${MINUS} d·(k ${MINUS} 1) ${MINUS} 1) / s⌋ + 1 = ⌊(${chosen} + 2·${padding} ${MINUS} ${dilation}·(${kernelSize} ${MINUS} 1) ${MINUS} 1) / ${stride}⌋ + 1 = `,
    html("b", {}, target >= 1 ? target : "no output"));
  if (target < 1) return { formula: [conv], sentence: `A kernel that covers ${dilation * (kernelSize - 1) + 1} samples does not fit ${chosen + 2 * padding}.` };
  const [a, b] = collapsingInputSizes(target, settings);
  const group = a === b ? `only ${a} gives` : `${a} to ${b} all give`;
  const need = restoringOutputPadding(chosen, settings), restored = back === chosen;
  const transpose = formulaLine(`O = (I ${MINUS} 1)·s ${MINUS} 2·p + d·(k ${MINUS} 1) + `, outputPaddingSymbol(), ` + 1 = (${target} ${MINUS} 1)·${stride} ${MINUS} 2·${padding} + ${dilation}·(${kernelSize} ${MINUS} 1) + ${outputPadding} + 1 = `,
    html("b", {}, short(back)), restored ? ` = N ✓` : ` ≠ ${chosen} = N ✗`);
  if (back < 1) return { formula: [conv, transpose], sentence: `The transpose returns nothing: padding ${padding} crops all that the stamps cover.` };
  const sentence = `Of the input sizes, ${group} ${target}. With output padding ${outputPadding} the transpose returns ${back}, ${restored ? "the size that went in" : `not ${chosen}: that takes output padding ${need}`}.`;
  return { formula: [conv, transpose], sentence };
}

export default { render };
