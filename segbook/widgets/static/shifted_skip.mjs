// ShiftedSkip: a U-Net's answer with its skips moved sideways, and how well its outlines fit what lies where.
import { axes, chart, curve } from "./chart.mjs";
import { boundaryScore, unletter } from "./compare.mjs";
import { live } from "./figure.mjs";
import { canvas, clamp, fixed, formulaLine, html, panel, panels, result, series, svg } from "./page.mjs";
import { bordersPath, photograph } from "./photo.mjs";
import { arrowKeys } from "./pointing.mjs";

const SKIPS = { both: "its two finest skips", "the finest": "its finest skip", "the second": "its second skip" };
const SAID = 4, TRUE = 1, MOVED = 0;               // series of the three outlines
export const settle = (state) => ({ ...state, shift: clamp(4 * Math.round(state.shift / 4), -16, 16) });

function start({ drawing, state, set }) {
  arrowKeys(drawing, { label: "The answer: arrow keys move the skips",
    step: (dx) => set({ shift: state().shift + 4 * Math.sign(dx) }) });
}

// The map moved to the right; what leaves it there enters it on the left.
export const rolled = (map, shift) =>
  map.map((row) => row.map((_, x) => row[(((x - shift) % row.length) + row.length) % row.length]));

// Boundary F of the answer for every shift: against the true outlines, and against the same moved as far.
export function scoresOf({ answers, truth, moved, shifts, size }, which) {
  const labels = unletter(truth, size);
  return answers[moved.indexOf(which)].map((text, i) => {
    const preds = unletter(text, size);
    return { preds, labels, shift: shifts[i], still: boundaryScore(preds, labels),
      moved: boundaryScore(preds, rolled(labels, shifts[i])) };
  });
}

// A curve reaches as far as the reader has moved: in place it does not give away what the chapter asks.
export const asFarAs = (shift, all) => all.filter((one) => Math.abs(one.shift) <= Math.abs(shift));

export function draw(state, width, memory = {}) {
  const { shift, moved, maps } = state;
  memory[moved] ??= scoresOf(maps, moved);
  const now = memory[moved].find((one) => one.shift === shift), wide = width >= 560;
  const side = Math.min(wide ? (width - 30) / 2 : width - 2, 330);
  return {
    nodes: [panels(picture(now, maps, side), curves(asFarAs(shift, memory[moved]), now, side))],
    formula: [sum("the true outlines", now.still), sum("the same, moved as far", now.moved)],
    sentence: `With ${SKIPS[moved]} moved ${Math.abs(shift)} pixels to the ${shift < 0 ? "left" : "right"}, the `
      + `answer's outlines have a boundary F of ${fixed(now.still.f)} against the true outlines and of `
      + `${fixed(now.moved.f)} against the true outlines moved as far. `
      + "Image, encoder, bottleneck and the other skips stay in place.",
  };
}

const key = (index, dash, text) => html("span", {}, html("i", { class: "line", style: dash
  ? `background: repeating-linear-gradient(to right, var(--segbook-${index}) 0 ${dash}px, transparent ${dash}px `
    + `${dash + 2}px)`
  : series(index) }), text);

// The true outlines as they were moved are dotted, in the colour of their curve.
function picture({ preds, labels, shift }, { sheet, size }, side) {
  const outline = (map, index, more) =>
    svg("path", { class: "said", style: series(index), d: bordersPath(map), ...more });
  return panel("The answer", "over the image, which stays", [
    canvas(side, side, "Cells, their true outlines and those of the answer", [photograph(sheet, size),
      outline(preds, SAID, { "data-outline": "answer" }),
      outline(labels, TRUE, { "data-outline": "truth", "stroke-dasharray": "3 2" }),
      ...shift ? [outline(rolled(labels, shift), MOVED, { "data-outline": "moved", "stroke-dasharray": "1 2" })] : []],
    { class: "answers", style: "cursor: default", viewBox: `0 0 ${size} ${size}` }),
    html("p", { class: "under keys" }, key(SAID, 0, "answer"), key(TRUE, 0, "true outlines"),
      shift ? key(MOVED, 2, "true outlines, moved as far") : "")], { width: side });
}

function curves(all, now, width) {
  const height = Math.max(0.82 * width, 190);
  const frame = axes(width, height, { x: { ticks: [-16, -8, 0, 8, 16], name: "pixels to the right" },
    y: { ticks: [0, 0.25, 0.5, 0.75, 1] } });
  const line = (name, look) => curve(frame, all.map((one) => [one.shift, one[name].f]), [now.shift, now[name].f],
    { key: name, ...look });
  return panel("Boundary F", "of the answer", [
    chart(width, height, "Boundary F against the shift, for the true outlines and for the same moved as far",
      [frame.nodes, line("still", { colour: TRUE, dash: "5 3" }), line("moved", { colour: MOVED })],
      { style: "cursor: default" }),
    html("p", { class: "under keys" }, key(TRUE, 4, "against the true outlines"),
      key(MOVED, 0, "against the same moved as far"))], { width });
}

const sum = (name, { precision, recall, f }) => formulaLine(`against ${name}: F = 2·P·R / (P + R) = `
  + `2 · ${fixed(precision)} · ${fixed(recall)} / (${fixed(precision)} + ${fixed(recall)}) = `, result(fixed(f)));

export default live({ title: "Skips moved sideways", settle, draw, start });
