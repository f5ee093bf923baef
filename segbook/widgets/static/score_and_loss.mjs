// ScoreAndLoss: one weight of the smallest network; above it the score that it gives, and the loss with its tangent.
import { axes, chart, curve } from "./chart.mjs";
import { live } from "./figure.mjs";
import { cellCounts, descend, gradientAt, iouAt, jumps, lossAt, pixelsAt, slopeAt } from "./one_weight.mjs";
import { canvas, centred, clamp, fixed, formulaLine, html, MINUS, many, panel, panels, range, result, short, svg,
  tint } from "./page.mjs";
import { arrowKeys, drag } from "./pointing.mjs";
import { outlinePath } from "./scene.mjs";
import { slideButton } from "./sliding.mjs";
import { predictedClass } from "./softmax.mjs";

const STEPS = 12, MOST = 4, FAR = 5;               // MOST: of the weight before training; FAR: where the charts end
const REACH = 0.75;                                // of a tangent, to each side
const PAUSE = 500;                                 // milliseconds a step stays while the figure trains
const inTenths = (weight) => clamp(Math.round(weight * 10) / 10, 0, MOST);
export const settle = (state) => ({ ...state, weight: inTenths(state.weight), step: Math.round(state.step) });

function controls(hand) {
  return [slideButton(hand, { after: "step", position: ({ step }) => step, count: () => STEPS + 1,
    place: (step) => ({ step }), pause: PAUSE, names: ["train", "one step"] })];
}

function start({ drawing, state, set }) {
  const put = (share) => {
    const [from, to] = JSON.parse(drawing.querySelector("[data-surface]").dataset.span);
    set({ weight: (FAR * (share - from)) / (to - from), step: 0 });
    return "weight";
  };
  drag(drawing, { sideways: true, grab: put, move: (_, x) => put(x) });
  arrowKeys(drawing, { label: "Score and loss: left and right move the weight, up takes a training step",
    step: (dx, dy) => (dx ? set({ weight: state().weight + dx / 10, step: 0 }) : set({ step: state().step - dy })) });
}

export function draw(state, width) {
  const { weight, step, rate } = state, path = descend(state, weight, { rate, steps: step }), now = path.at(-1);
  const { found, missed, falseAlarms } = cellCounts(state, now), loss = lossAt(state, now), slope = slopeAt(state, now);
  const iou = iouAt(state, now), beside = width >= 560;
  const unit = beside ? 46 : Math.floor(clamp((width - 34) / 8, 30, 46));
  const side = Math.min(beside ? width - 4 * unit - 40 : width - 2, 430), pixels = pixelsAt(state, now);
  // Pixels that are alike have one term.
  const groups = [...new Set(pixels.map(({ x, label }) => `${x} ${label}`))].map((key) => {
    const alike = pixels.map(({ x, label }, i) => [`${x} ${label}`, i]).filter(([one]) => one === key);
    return { x: pixels[alike[0][1]].x, count: alike.length, push: gradientAt(state, now)[alike[0][1]] };
  });
  const terms = groups.filter(({ x }) => x).map(({ x, count, push }) => `${count}·(${fixed(push)})·${x}`);
  const upright = { iou: { ticks: [0, 0.5, 1], height: 132 }, loss: { ticks: [0, 0.25, 0.5, 0.75, 1], height: 216 } };
  return {
    nodes: [panels(
      html("div", beside ? {} : { class: "panels" }, map("Predicted class", "line: the true cell", state,
        pixels.map(({ logits }) => (predictedClass(logits)
          ? { fill: tint(series0, 0.62), text: "cell" } : { fill: tint("var(--line)", 0.45), text: "" })), unit),
      map("p − y of cell", "minus: logit goes up", state, gradientAt(state, now).map((push) => ({
        fill: tint(push < 0 ? series0 : "var(--segbook-focus)", 0.75 * Math.abs(push)), text: fixed(push) })), unit)),
      html("div", {},
        rising("IoU of the cell", "and its tangent, which is level", { path, at: (w) => iouAt(state, w), slope: 0, side,
          points: staircase(state), colour: 1, key: "iou", name: "", ...upright.iou }),
        rising("Mean loss", "and its tangent", { path, at: (w) => lossAt(state, w), slope, side,
          points: range(101).map((i) => [(FAR * i) / 100, lossAt(state, (FAR * i) / 100)]), colour: 0, key: "loss",
          name: "weight w", ...upright.loss }))),
    ],
    formula: [
      formulaLine(`IoU of the cell = ${found} / (${found} + ${missed} + ${falseAlarms}) = `, result(fixed(iou)),
        "; slope 0"),
      formulaLine(`slope of the loss = (${terms.join(" + ")}) / ${pixels.length} = `, result(fixed(slope, 3))),
      formulaLine(`next w = w ${MINUS} rate · slope = ${fixed(now)} ${MINUS} ${short(rate)}·(${fixed(slope, 3)}) = `,
        result(fixed(now - rate * slope))),
    ],
    sentence: `${step ? `After ${many(step, "step")} from ${fixed(weight, 1)}` : "Before training"} the weight is `
      + `${fixed(now)}, the mean loss ${fixed(loss, 3)} and the IoU of the cell ${fixed(iou)}.`,
  };
}

const series0 = "var(--segbook-0)";

// The twelve pixels, and a line round those of the true cell.
function map(name, rest, { labels }, cells, unit) {
  const height = labels.length, width = labels[0].length, size = clamp(unit * 0.26, 9, 12).toFixed(1);
  const nodes = cells.flatMap(({ fill, text }, i) => {
    const x = (i % width) * unit + 1, y = Math.floor(i / width) * unit + 1;
    return [svg("rect", { x, y, width: unit, height: unit, style: `fill: ${fill}; stroke: var(--line)` }),
      centred(x + unit / 2, y + unit / 2, text, { "font-size": size })];
  });
  nodes.push(svg("path", { class: "outline", style: "stroke-width: 2.5", d: outlinePath(labels, 1),
    transform: `translate(1 1) scale(${unit})` }));
  return panel(name, rest, canvas(width * unit + 2, height * unit + 2, `${name}, ${height} × ${width} pixels`, nodes,
    { "data-map": name }), { width: Math.max(width * unit + 2, 130), below: true });
}

// The score as a function of the weight: level, with a jump where pixels change their class.
function staircase(network) {
  const stairs = [[0, iouAt(network, 0)]];
  for (const at of jumps(network, 0, FAR)) stairs.push([at, stairs.at(-1)[1]], [at, iouAt(network, at + 1e-6)]);
  return [...stairs, [FAR, stairs.at(-1)[1]]];
}

// A curve over the weight, a dot for each training step, and the tangent at the last.
function rising(title, rest, { path, at, slope, points, side, height, ticks, colour, key, name }) {
  const frame = axes(side, height, { x: { ticks: range(FAR + 1), name }, y: { ticks } }), now = path.at(-1);
  const near = (w) => clamp(w, 0, FAR), ends = [now - REACH, now + REACH].map(near);
  const tangent = ends.map((w) => `${frame.x(w).toFixed(1)} ${frame.y(at(now) + slope * (w - now)).toFixed(1)}`);
  const [line, dot] = curve(frame, points, [near(now), at(now)], { colour, key });
  return panel(title, rest, chart(side, height, `${title} against the weight`, [frame.nodes, line,
    svg("path", { class: "link on", "data-tangent": key, style: "stroke: var(--fg); stroke-width: 1.6",
      d: `M ${tangent.join(" L ")}` }),
    path.slice(0, -1).map((w) => svg("circle", { "data-step": key, cx: frame.x(near(w)).toFixed(1),
      cy: frame.y(at(w)).toFixed(1), r: 3.5,
      style: `fill: var(--bg); stroke: var(--segbook-${colour}); stroke-width: 1.6` })),
    dot],
  { "data-surface": key, style: "touch-action: pan-y",
    "data-span": JSON.stringify([frame.x(0) / side, frame.x(FAR) / side]) }), { width: side });
}

export default live({ title: "One weight, its score and its loss", settle, draw, controls, start });
