// TrainingFilm: a network's answer for one image, and its loss, scrubbed over the steps it has taken.
import { axes, chart, curve } from "./chart.mjs";
import { unletter } from "./compare.mjs";
import { live } from "./figure.mjs";
import { canvas, clamp, fixed, formulaLine, html, MINUS, many, panel, panels, range, result, series, svg }
  from "./page.mjs";
import { bordersPath, photograph } from "./photo.mjs";
import { arrowKeys, drag } from "./pointing.mjs";
import { LEVELS, readCells } from "./reading.mjs";
import { idsOf, pixelPath } from "./scene.mjs";

const SAID = 4, TRUE = 1, LOSS = 0, AP = 4;        // series of the outlines and of the curves
const SHADES = 10, MEAN = 10;                      // greys of a probability; steps that a loss is averaged over
export const settle = (state) => ({ ...state, frame: Math.round(state.frame) });
export const limits = { frame: ({ maps }) => [0, maps.steps.length - 1] };

// The mean of the last ten losses, up to a step; before the first there is none.
export function lossAt(loss, step) {
  const last = loss.slice(Math.max(0, step - MEAN), step);
  return last.reduce((sum, one) => sum + one, 0) / last.length;
}

const nearest = (steps, step) =>
  steps.reduce((best, one, i) => (Math.abs(one - step) < Math.abs(steps[best] - step) ? i : best), 0);

function start({ drawing, state, set }) {
  const scrub = (share) => {
    const { steps } = state().maps, [from, to] = JSON.parse(drawing.querySelector("[data-surface]").dataset.span);
    set({ frame: nearest(steps, ((share - from) / (to - from)) * steps.at(-1)) });
    return "film";
  };
  drag(drawing, { sideways: true, grab: scrub, move: (_, x) => scrub(x) });
  arrowKeys(drawing, {
    label: "The film: arrow keys go through the steps, d draws probability or objects",
    step: (dx) => set({ frame: state().frame + Math.sign(dx) }),
    other: (key) => {
      if (key === "d") set({ shown: state().shown === "objects" ? "probability" : "objects" });
      return key === "d";
    },
  });
}

export function draw(state, width, memory = {}) {
  const { frame, shown, maps } = state, step = maps.steps[frame];
  memory.ids ??= unletter(maps.ids, maps.size);
  memory[frame] ??= (() => {
    const levels = unletter(maps.frames[frame], maps.size);
    return { levels, ...readCells(levels, 0.5, "components", memory.ids) };
  })();
  const now = memory[frame], wide = width >= 560, side = Math.min(wide ? (width - 30) / 2 : width - 2, 320);
  const cells = idsOf(memory.ids).length, hits = now.found.length, regions = idsOf(now.objects).length;
  const loss = lossAt(maps.loss, step);
  return {
    nodes: [panels(picture(state, now, memory.ids, side), curves(maps, step, side))],
    formula: [formulaLine(`AP of this image = found / (nuclei + objects ${MINUS} found) = ${hits} / (${cells} + `
      + `${regions} ${MINUS} ${hits}) = `, result(fixed(now.ap))),
    html("div", {}, "loss, mean of the last ten steps: ", result(step ? fixed(loss, 3) : "–"))],
    sentence: `After ${many(step, "step")}, drawn as ${shown}: ${hits} of ${cells} nuclei found in `
      + `${many(regions, "object")} over ½, AP ${fixed(now.ap)}${step ? `, loss ${fixed(loss, 3)}` : ""}.`,
  };
}

const key = (index, text) => html("span", {}, html("i", { class: "line", style: series(index) }), text);

function picture({ shown, maps }, { levels, objects }, ids, side) {
  const { sheet, size } = maps;
  const shade = (i) => (level) => Math.floor((level * SHADES) / LEVELS) === i;
  const said = shown === "objects"
    ? [photograph(sheet, size),
      svg("path", { class: "said", "data-outline": "said", style: series(SAID), d: bordersPath(objects) })]
    : [svg("rect", { width: size, height: size, fill: "black" }), ...range(SHADES).slice(1).map((i) =>
      svg("path", { fill: "white", "fill-opacity": i / (SHADES - 1), d: pixelPath(levels, shade(i)) }))];
  return panel("What it says", shown === "objects" ? "over ½" : "black 0, white 1", [
    canvas(side, side, "A part of a micrograph that the network has not learned from, and its answer", [
      ...said, svg("path", { class: "said", "data-outline": "truth", style: series(TRUE), "stroke-dasharray": "3 2",
        d: bordersPath(ids) }),
    ], { class: "answers", style: "cursor: default", viewBox: `0 0 ${size} ${size}` }),
    html("p", { class: "under keys" },
      shown === "objects" ? key(SAID, "objects") : null, key(TRUE, "as people drew them")),
  ], { width: side });
}

function curves({ steps, loss, ap }, step, width) {
  const height = clamp(0.8 * width, 190, 250), last = steps.at(-1);
  const frame = axes(width, height, { x: { ticks: range(6).map((i) => (i * last) / 5), name: "steps" },
    y: { ticks: [0, 0.25, 0.5, 0.75, 1] } });
  const losses = range(last).map((i) => [i + 1, Math.min(lossAt(loss, i + 1), 1)]);
  const aps = steps.map((one, i) => [one, ap[i] / 1000]);
  return panel("Loss and AP", "drag to scrub", [
    chart(width, height, "The loss and the AP of the image over the steps", [frame.nodes,
      curve(frame, losses, losses[Math.max(step - 1, 0)], { colour: LOSS, dash: "5 3", key: "loss" }),
      curve(frame, aps, aps[steps.indexOf(step)], { colour: AP, key: "ap" })],
    { "data-surface": "film", "data-span": JSON.stringify([frame.x(0) / width, frame.x(last) / width]),
      style: "touch-action: pan-y" }),
    html("p", { class: "under keys" }, key(LOSS, "loss"), key(AP, "AP of this image"))], { width });
}

export default live({ title: "A network learns", settle, limits, draw, start });
