// LearnedKernel: what a transposed convolution makes of a shrunk signal while its kernel learns, step by step.
import { axes, chart, curve } from "./chart.mjs";
import { live } from "./figure.mjs";
import { convTranspose1d } from "./geometry.mjs";
import { boardOf, firstKernel, layerOf, learn, sumsOf } from "./learning.mjs";
import { canvas, clamp, fixed, formulaLine, html, MINUS, mark, panel, panels, range, result, series, svg }
  from "./page.mjs";
import { arrowKeys, drag } from "./pointing.mjs";
import { slideButton } from "./sliding.mjs";

const STEPS = 100, RATE = 0.25, LOWEST = -5;          // LOWEST: of the logarithm of a loss
const FRAME = 18;                                  // milliseconds a step stays while it learns
const WEIGHTS = { equal: "equal weights", bilinear: "bilinear weights", random: "random weights" };
// Of each loss: its name and formula, what the dots should do, the ticks of the axis of scores, the ends of the bars.
const LOSSES = {
  squared: { name: "squared error", formula: () => ["loss = mean of (y − target)² = "],
    aim: "the dots should lie on the line", ticks: [-1.5, -1, 0, 1, 1.5], least: -0.45, most: 1.7 },
  entropy: { name: "cross entropy", formula: () => ["loss = mean of ln(1 + e", html("sup", {}, "−target · y"), ") = "],
    aim: "a dot should have the sign of the line", ticks: [-4, -2, 0, 2, 4], least: -1.1, most: 4.2 },
};
export const limits = { step: () => [0, STEPS] };
export const settle = (state) => ({ ...state, step: Math.round(state.step) });

function controls(hand) {
  return [slideButton(hand, { after: "step", position: ({ step }) => step, count: () => STEPS + 1,
    place: (step) => ({ step }), pause: FRAME, leap: 10, names: ["learn", "learn 10 steps"] })];
}

function start({ drawing, state, set }) {
  const scrub = (share) => {
    const [from, to] = JSON.parse(drawing.querySelector("[data-surface]").dataset.span);
    set({ step: ((share - from) / (to - from)) * STEPS });
    return "steps";
  };
  drag(drawing, { sideways: true, grab: scrub, move: (_, x) => scrub(x) });
  arrowKeys(drawing, { label: "The learning: arrow keys go through the steps",
    step: (dx) => set({ step: state().step + dx }) });
}

export function draw(state, width, memory = {}) {
  const { loss, target, noise, start: from, kernel_size: kernelSize, stride, step } = state;
  const layer = layerOf(kernelSize, stride), kind = LOSSES[loss];
  memory[`${loss} ${from} ${kernelSize} ${stride}`] ??=
    learn(target, firstKernel(from, kernelSize, stride, noise), layer, { steps: STEPS, rate: RATE, loss });
  const { x, kernels, losses } = memory[`${loss} ${from} ${kernelSize} ${stride}`];
  const kernel = kernels[step], y = convTranspose1d(x, kernel, layer), sums = sumsOf(kernel, stride);
  const low = Math.min(...sums), high = Math.max(...sums), side = width >= 560 ? (width - 30) / 2 : width - 2;
  const across = Math.min(side, 340);
  return {
    nodes: [panels(signals({ target, x, y, layer, kind }, across), descent(losses, step, across),
      taps(kernel, kernels[0], stride, across, kind), flat(sums, stride, across, kind))],
    formula: [
      formulaLine(...kind.formula(), result(fixed(losses[step], 4))),
      formulaLine(`flat signal: taps that meet sum to ${sums.map((sum) => fixed(sum)).join(", ")}; board = `
        + `(largest ${MINUS} smallest) / |mean| = `, result(fixed(boardOf(sums)))),
    ],
    sentence: `Kernel ${kernelSize}, stride ${stride}, ${WEIGHTS[from]} at the start, ${kind.name}: after ${step} of `
      + `${STEPS} steps the loss is ${fixed(losses[step], 4)}, and a flat signal of ones becomes ${fixed(low)} to `
      + `${fixed(high)}.`,
  };
}

const key = (style, text) => html("span", {}, html("i", { class: "line", style }), text);
const dashes = "background: repeating-linear-gradient(to right, var(--fg) 0 4px, transparent 4px 6px)";

// The target, the means that go in, and what comes out: a dot for each sample, in the colour of the taps that made it.
function signals({ target, x, y, layer: { stride, padding }, kind: { aim, ticks } }, width) {
  const height = clamp(0.66 * width, 180, 220), [low] = ticks, high = ticks.at(-1);
  const frame = axes(width, height, { x: { ticks: range(5).map((i) => 12 * i), name: "sample i" },
    y: { ticks, words: ticks.map((tick) => String(tick).replace("-", MINUS)) } });
  const at = (n, value) => `${frame.x(n).toFixed(1)} ${frame.y(clamp(value, low, high)).toFixed(1)}`;
  const line = (d, more) => svg("path", { d, style: "fill: none; stroke: var(--fg); stroke-width: 1.4", ...more });
  return panel("Signal", aim, [
    chart(width, height, "The target, the means that go in, and the output", [frame.nodes,
      x.map((value, i) => line(`M ${at(i * stride - 0.4, value)} H ${frame.x((i + 1) * stride - 0.6).toFixed(1)}`,
        { style: "stroke: var(--segbook-5); stroke-width: 3" })),
      line(`M ${target.map((value, n) => at(n, value)).join(" L ")}`, { "stroke-dasharray": "4 2" }),
      y.map((value, n) => svg("circle", { "data-y": n, r: 2.8, cx: frame.x(n), cy: frame.y(clamp(value, low, high)),
        style: `${series((n + padding) % stride)}; fill: var(--series)` })),
    ], { style: "cursor: default" }),
    html("p", { class: "under keys" }, key(dashes, "target"), key(series(5), `means of ${stride}, go in`),
      html("span", {}, range(stride).map((phase) => key(`${series(phase)}; width: 7px; margin-right: 2px`, "")),
        " output"))], { width });
}

function descent(losses, step, width) {
  const height = clamp(0.45 * width, 140, 220), ticks = range(1 - LOWEST).map((i) => LOWEST + i);
  const frame = axes(width, height, { x: { ticks: range(6).map((i) => (i * STEPS) / 5), name: "steps" },
    y: { ticks, words: ["10⁻⁵", "10⁻⁴", "10⁻³", "0.01", "0.1", "1"] } });
  const points = losses.map((loss, i) => [i, clamp(Math.log10(loss), LOWEST, 0)]);
  return panel("Loss", html("span", { class: "hint" }, "drag to scrub"), [
    chart(width, height, "The loss over the steps", [frame.nodes,
      curve(frame, points, points[step], { colour: 0, key: "loss" })],
    { "data-surface": "steps", style: "touch-action: pan-y",
      "data-span": JSON.stringify([frame.x(0) / width, frame.x(STEPS) / width]) })], { width });
}

// Bars from 0, what is beyond the frame cut, each in the colour of its phase and with its number if it has one.
const TALL = 92;
const level = (value, { least, most }) => ((most - clamp(value, least, most)) / (most - least)) * TALL;
function bars(values, stride, unit, kind, { numbers = values.length, ghosts = [] } = {}) {
  const zero = level(0, kind);
  const rise = (value) => ({ y: Math.min(level(value, kind), zero), height: Math.abs(level(value, kind) - zero) });
  return values.flatMap((value, j) => [
    svg("rect", { "data-bar": j, x: j * unit + 3, width: unit - 6, ...rise(value),
      style: `${series(j % stride)}; fill: var(--series)` }),
    ghosts.length ? svg("rect", { class: "outline", x: j * unit + 3, width: unit - 6, ...rise(ghosts[j]),
      "stroke-dasharray": "3 2" }) : null,
    j < numbers ? mark((j + 0.5) * unit, TALL + 12, fixed(value)) : null,
  ]).filter((node) => node !== null);
}
const ground = (width, kind, value = 0, dash = null) =>
  svg("path", { class: "grid", style: "stroke: var(--quiet)", d: `M 0 ${level(value, kind)} H ${width}`,
    "stroke-dasharray": dash });

function taps(kernel, first, stride, width, kind) {
  const unit = Math.min(width / Math.max(kernel.length, 5), 40), across = unit * kernel.length;
  return panel("Kernel", "dashed: at the start", canvas(across, TALL + 22, "The taps of the kernel",
    [...bars(kernel, stride, unit, kind, { ghosts: first }), ground(across, kind)]), { width });
}

function flat(sums, stride, width, kind) {
  const count = stride * Math.ceil(8 / stride), unit = Math.min(width / count, 36), across = unit * count;
  const values = range(count).map((n) => sums[n % stride]);
  const name = "What a flat signal becomes";
  return panel("A flat signal of ones", "becomes, with this kernel", canvas(across, TALL + 22, name,
    [...bars(values, stride, unit, kind, { numbers: stride }), ground(across, kind),
      ...(kind === LOSSES.squared ? [ground(across, kind, 1, "3 3")] : [])]), { width });
}

export default live({ title: "A kernel that learns", settle, limits, draw, controls, start });
