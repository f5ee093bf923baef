// Threshold: two networks' probabilities, cut at one threshold and read as cells, and the AP and IoU that come of it.
import { answered, answerKeys } from "./answers.mjs";
import { axes, chart, curve } from "./chart.mjs";
import { unletter } from "./compare.mjs";
import { live } from "./figure.mjs";
import { fixed, formulaLine, html, MINUS, many, panel, panels, result, series } from "./page.mjs";
import { arrowKeys, drag } from "./pointing.mjs";
import { bestOf, curveOf, nearestThreshold, readCells, THRESHOLDS } from "./reading.mjs";
import { idsOf } from "./scene.mjs";

const LOOKS = [{ colour: 4 }, { colour: 1, dash: "5 3" }];     // of the networks; both bright, because images are dark
const STEP = THRESHOLDS[0];
export const settle = (state) => ({ ...state, threshold: nearestThreshold(state.threshold) });

function start({ drawing, state, set }) {
  // The point of a curve that is nearest to the pointer says the threshold.
  const choose = (x, y) => {
    const points = JSON.parse(drawing.querySelector("[data-surface]").dataset.points);
    const far = ([, left, top]) => Math.hypot(left - x, top - y);
    set({ threshold: points.reduce((best, one) => (far(one) < far(best) ? one : best))[0] });
    return "point";
  };
  drag(drawing, { sideways: true, grab: choose, move: (_, x, y) => choose(x, y) });
  arrowKeys(drawing, {
    label: "The answers: arrow keys move the threshold, w turns the watershed on and off, i shows the next image",
    step: (dx) => set({ threshold: state().threshold + STEP * dx }),
    other: (key) => {
      const now = state(), { scenes } = now.maps;
      if (key === "w") set({ reading: now.reading === "watershed" ? "components" : "watershed" });
      if (key === "i") set({ scene: scenes[(scenes.indexOf(now.scene) + 1) % scenes.length] });
      return key === "w" || key === "i";
    },
  });
}

// What an image holds, and the curves of a way of reading it: computed once.
function once(memory, key, compute) {
  memory[key] ??= compute();
  return memory[key];
}

export function draw(state, width, memory = {}) {
  const { scene, threshold, reading, maps } = state, at = maps.scenes.indexOf(scene), { size } = maps;
  const { ids, answers } = once(memory, scene, () => ({ ids: unletter(maps.ids[at], size),
    answers: maps.answers[at].map((text) => unletter(text, size)) }));
  const curves = once(memory, `${scene} ${reading}`, () => answers.map((levels) => curveOf(levels, reading, ids)));
  const read = answers.map((levels) => readCells(levels, threshold, reading, ids));
  const side = Math.min(Math.floor((width - 28) / 2), 340);
  return {
    nodes: [panels(read.map((one, i) => picture(state, one, ids, i, side))),
      answerKeys(state.outlines && "the true outlines", "hit"),
      html("div", { class: "below" }, panels(curvesPanel(state, curves, Math.min(width, 2 * side + 26))))],
    formula: [formulaLine(`AP = hits / (cells + regions ${MINUS} hits)`),
      ...read.map((one, i) => sums(maps.networks[i], idsOf(ids).length, one))],
    sentence: inWords(state, idsOf(ids).length, read, curves),
  };
}

function picture({ maps, scene, outlines }, read, ids, index, side) {
  const network = maps.networks[index], { colour } = LOOKS[index];
  const heading = side < 200 ? network : `${network} U-Net`;     // a phone has no room for more
  return panel(html("span", {}, html("i", { class: "line", style: series(colour) }), heading),
    many(read.found.length, "hit"), answered(maps, scene, ids, read, { side, colour, outlines, dot: 3.6, least: 1.7,
      name: `${scene}: the cells of the ${network} network` }), { width: side });
}

function curvesPanel({ threshold, maps }, curves, width) {
  const height = Math.min(Math.max(0.98 * width, 200), 260), ticks = [0, 0.25, 0.5, 0.75, 1];
  const frame = axes(width, height, { x: { ticks, name: "IoU of the pixels" }, y: { ticks } });
  const now = (points) => points.find((one) => one.threshold === threshold), at = ({ iou, ap }) => [iou, ap];
  const left = (points) => points.filter(({ iou }) => iou > 0);        // where no pixel is left, a curve has ended
  const shares = curves.flat().map((one) => [one.threshold, frame.x(one.iou) / width, frame.y(one.ap) / height]);
  return panel("AP of the cells", "against IoU", [chart(width, height,
    "Average precision of the cells against IoU of the pixels, a curve over all thresholds for each network",
    [frame.nodes, curves.flatMap((points, i) => curve(frame, left(points).map(at), at(now(points)),
      { ...LOOKS[i], key: maps.networks[i] }))],
    { "data-surface": "curves", "data-points": JSON.stringify(shares), style: "touch-action: pan-y" }),
    html("p", { class: "keys" }, maps.networks.map((name, i) => html("span", {}, line(LOOKS[i]), ` ${name} U-Net`)),
      html("span", {}, `● ■ at ${fixed(threshold)}`))], { width });
}
const line = ({ colour, dash }) => html("i", { class: "line", style: dash
  ? `background: repeating-linear-gradient(to right, var(--segbook-${colour}) 0 4px, transparent 4px 6px)`
  : series(colour) });

function sums(name, cells, { objects, found, ap, iou }) {
  const hits = found.length, regions = idsOf(objects).length;
  return html("div", {}, `${name}: AP = ${hits} / (${cells} + ${regions} ${MINUS} ${hits}) = `, result(fixed(ap)),
    "; IoU of the pixels ", result(fixed(iou, 3)));
}

function inWords({ scene, threshold, reading, maps: { networks } }, cells, read, curves) {
  const said = read.map(({ found, merged, split }, i) => `${networks[i]}, ${many(found.length, "hit")}, `
    + `${merged.flat().length} merged, ${split.length} split`).join("; ");
  const best = curves.map(bestOf).map((one, i) => `${fixed(one.ap)} for ${networks[i]} (at ${fixed(one.threshold)})`);
  return `${scene[0].toUpperCase()}${scene.slice(1)}, ${many(cells, "cell")}, read by ${reading} above `
    + `${fixed(threshold)}: ${said}. Over all thresholds the best AP is ${best.join(", ")}.`;
}

export default live({ title: "A threshold is part of the method", settle, draw, start });
