// CoarseAndFine: a fine and a coarse row of pixels, and the convolution of one tap that joins them.
import { live } from "./figure.mjs";
import { box, canvas, clamp, fixed, formulaLine, MINUS, many, mark, panel, range, result, short, svg }
  from "./page.mjs";
import { arrowKeys, point } from "./pointing.mjs";

const FINE = 1, COARSE = 0, BOTH = 2;              // series of the rows

export const limits = { edge: () => [8, 11] };

// All rows: what is true, the pixels, the mean around every block, the coarse answer repeated, and the two joined.
export function rowsOf({ row: { size, speck, block, window }, edge, threshold, skip_weight, up_weight, bias }) {
  const truth = range(size).map((n) => Number(n >= edge)), fine = truth.map((one, n) => (n === speck ? 1 : one));
  const before = (window - block) / 2;
  const sums = range(size / block).map((i) =>
    range(window).reduce((sum, j) => sum + (fine[i * block - before + j] ?? 0), 0));
  const means = sums.map((sum) => sum / window);
  const coarse = range(size).map((n) => Number(means[Math.floor(n / block)] > threshold));
  const output = fine.map((one, n) => Math.max(0, skip_weight * one + up_weight * coarse[n] + bias));
  const wrong = [fine, coarse, output].map((line) => line.filter((one, n) => one > 0 !== truth[n] > 0).length);
  return { truth, fine, sums, means, coarse, output, wrong };
}

function start({ drawing, state, set }) {
  point(drawing, "[data-pixel]", ({ dataset }) => set({ edge: Number(dataset.pixel) }), { hover: false });
  arrowKeys(drawing, { label: "The object: arrow keys move its edge",
    step: (dx) => set({ edge: state().edge + Math.sign(dx) }) });
}

export function draw(state, width) {
  const { edge, threshold, skip_weight: first, up_weight: second, bias, row: { size, block, window } } = state;
  const { truth, fine, sums, means, coarse, output, wrong } = rowsOf(state);
  const unit = clamp(Math.floor((width - 4) / size), 12, 34), across = size * unit + 2, tall = clamp(unit, 18, 30);
  const line = (name, rest, values, series) => panel(name, rest, canvas(across, tall + 4, `${name}: ${
    values.map(short).join(" ")}`, values.flatMap((value, n) => [
    box(n * unit + 1, 2, tall, short(value), { width: unit, series: value > 0 ? series : null,
      data: { "data-pixel": n, "data-row": name } }),
    value > 0 === truth[n] > 0 ? null : svg("rect", { class: "band hollow", "data-wrong": name, rx: 4,
      x: n * unit + 2, y: 2, width: unit - 2, height: tall })].filter((one) => one !== null))), { class: "below" });
  const blocks = panel("Mean", `of ${window} pixels around each block of ${block}`, canvas(across, tall + 4,
    `Means: ${means.map((mean) => short(mean)).join(" ")}`, sums.map((sum, i) =>
      box(i * block * unit + 1, 2, tall, `${sum}/${window}`, { width: block * unit,
        series: means[i] > threshold ? COARSE : null }))), { class: "below" });
  const numbers = range(size).map((n) =>
    mark((n + 0.5) * unit + 1, 7, n, n === edge ? { class: "index on" } : {}));
  const term = (weight) => (weight < 0 ? `${MINUS} ${short(-weight)}` : `+ ${short(weight)}`);
  return {
    nodes: [
      line("Fine", "the skip: pixels as they are", fine, FINE),
      blocks,
      line("Coarse", `1 where the mean is above ${fixed(threshold, 1)}, repeated`, coarse, COARSE),
      line("Joined", "framed: wrong", output, BOTH),
      canvas(across, 14, "Numbers of the pixels", numbers)],
    formula: [
      formulaLine(`joined = ReLU(${short(first)}·fine ${term(second)}·coarse ${term(bias)})`),
      formulaLine(`wrong pixels: fine ${wrong[0]}, coarse ${wrong[1]}, joined `, result(wrong[2]))],
    sentence: `Object from pixel ${edge}, coarse row above ${fixed(threshold, 1)}: the fine row gets ${
      many(wrong[0], "pixel")} wrong, the coarse row ${wrong[1]}, the two joined ${wrong[2]}.`,
  };
}

export default live({ title: "Sixteen pixels", limits, draw, start });
