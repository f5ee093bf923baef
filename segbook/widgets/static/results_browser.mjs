// ResultsBrowser: real images by methods by thresholds; what is found, merged and split, and the AP of every choice.
import { answered, answerKeys } from "./answers.mjs";
import { axes, chart, curve } from "./chart.mjs";
import { unletter } from "./compare.mjs";
import { live } from "./figure.mjs";
import { clamp, fixed, formulaLine, html, MINUS, many, panel, panels, result, series, svg } from "./page.mjs";
import { bordersPath } from "./photo.mjs";
import { arrowKeys, drag, point } from "./pointing.mjs";
import { nearestThreshold, readCells, THRESHOLDS } from "./reading.mjs";
import { idsOf } from "./scene.mjs";

const LOOKS = [{ colour: 5, dash: "2 3" }, { colour: 4 }], PEOPLE = 1;   // of the methods, and of true outlines
const ALARM = 3;                                   // of false alarms: thick and pink, over the method's line
const WAYS = ["components", "watershed"], STEP = THRESHOLDS[0];
export const settle = (state) => ({ ...state, threshold: nearestThreshold(state.threshold) });

// The stored AP of an image, a method and a reading, at a threshold; NaN where there is neither object nor nucleus.
export function storedAp({ curves }, scene, method, reading, threshold) {
  const value = curves[scene][method][WAYS.indexOf(reading)][THRESHOLDS.indexOf(nearestThreshold(threshold))];
  return value === null ? NaN : value / 1000;
}

// The objects that find no nucleus, as a map of ids. An object that finds one covers more than half of it.
export function falseAlarms({ objects, found }, ids) {
  const inside = new Map(found.map((id) => [id, new Map()])), hits = new Set();
  ids.forEach((row, y) => row.forEach((id, x) => {
    const held = inside.get(id), object = objects[y][x];
    if (held) held.set(object, (held.get(object) ?? 0) + 1);
  }));
  for (const held of inside.values()) hits.add([...held].reduce((most, one) => (one[1] > most[1] ? one : most))[0]);
  return objects.map((row) => row.map((object) => (hits.has(object) ? 0 : object)));
}

function start({ drawing, state, set }) {
  const choose = (share) => {
    const [from, to] = JSON.parse(drawing.querySelector("[data-surface]").dataset.span);
    set({ threshold: clamp((share - from) / (to - from), STEP, 1 - STEP) });
    return "threshold";
  };
  drag(drawing, { sideways: true, grab: choose, move: (_, x) => choose(x) });
  point(drawing, "td[data-scene]", ({ dataset: { scene, method } }) => set({ scene, method }), { hover: false });
  const after = (list, one) => list[(list.indexOf(one) + 1) % list.length];
  arrowKeys(drawing, {
    label: "The results: arrow keys move the threshold, i shows the next image, m the next method, w cuts or not",
    step: (dx) => set({ threshold: state().threshold + STEP * dx }),
    other: (key) => {
      const { scene, method, reading, maps } = state();
      if (key === "i") set({ scene: after(maps.scenes, scene) });
      if (key === "m") set({ method: after(maps.methods, method) });
      if (key === "w") set({ reading: after(WAYS, reading) });
      return "imw".includes(key);
    },
  });
}

export function draw(state, width, memory = {}) {
  const { scene, method, threshold, reading, maps } = state;
  const at = maps.scenes.indexOf(scene), by = maps.methods.indexOf(method);
  memory[scene] ??= unletter(maps.ids[at], maps.size);
  memory[`${scene} ${method}`] ??= unletter(maps.answers[at][by], maps.size);
  const ids = memory[scene], read = readCells(memory[`${scene} ${method}`], threshold, reading, ids);
  const wide = width >= 560, side = Math.min(wide ? (width - 30) / 2 : width - 2, 360);
  const above = method === "Otsu" ? "Otsu's threshold" : fixed(threshold);   // which dragging does not change
  const cells = idsOf(ids).length, hits = read.found.length, regions = idsOf(read.objects).length;
  const keys = answerKeys(state.outlines && "as people drew them", "found", PEOPLE);
  keys.append(html("span", {}, html("i", { class: "line", style: series(ALARM) }), "false alarm"));
  return {
    nodes: [panels(picture(state, read, ids, by, side), curves(state, at, by, side)), keys, table(state)],
    formula: [formulaLine(`AP = found / (nuclei + objects ${MINUS} found) = ${hits} / (${cells} + ${regions} ${MINUS} `
      + `${hits}) = `, result(fixed(read.ap)))],
    sentence: `${scene[0].toUpperCase()}${scene.slice(1)}, ${many(cells, "nucleus", "nuclei")}; ${method}, read by `
      + `${reading} above ${above}: ${many(regions, "object")}, ${hits} found, `
      + `${many(regions - hits, "false alarm")}, `
      + `${read.merged.flat().length} merged, ${read.split.length} split, AP ${fixed(read.ap)}.`,
  };
}

function picture({ maps, scene, method, outlines }, read, ids, by, side) {
  const { colour } = LOOKS[by];
  const drawn = answered(maps, scene, ids, read, { side, colour, outlines, dot: 2.6, least: 1.1, truth: PEOPLE,
    name: `${scene}: what ${method} takes for nuclei` });
  drawn.append(svg("path", { "data-outline": "alarm", d: bordersPath(falseAlarms(read, ids)), fill: "none",
    stroke: "var(--series)", style: series(ALARM), "stroke-width": 4, "vector-effect": "non-scaling-stroke",
    "pointer-events": "none" }));
  return panel(html("span", {}, html("i", { class: "line", style: series(colour) }), method), scene, drawn,
    { width: side });
}

function curves({ scene, method, threshold, reading, maps }, at, by, width) {
  const height = clamp(0.6 * width, 190, 300), ticks = [0, 0.25, 0.5, 0.75, 1];
  const frame = axes(width, height, { x: { ticks, name: "threshold" }, y: { ticks } });
  const line = (name, i) => {
    const points = THRESHOLDS.map((one) => [one, storedAp(maps, at, i, reading, one) || 0]);
    return curve(frame, points, points[THRESHOLDS.indexOf(threshold)], { ...LOOKS[i], key: name });
  };
  return panel("AP of this image", `over all thresholds, by ${reading}`, chart(width, height,
    `AP of ${scene} over all thresholds, a curve for each method; ${method} is drawn`,
    [frame.nodes, ...maps.methods.map((name, i) => (i === by ? null : line(name, i))), line(method, by)],
    { "data-surface": "curves", "data-span": JSON.stringify([frame.x(0) / width, frame.x(1) / width]),
      style: "touch-action: pan-y" }), { width });
}

// AP of every image by every method, at the threshold and in the way that are set; a number chooses both.
function table({ scene, method, threshold, reading, maps }) {
  const cell = (name, at, other, by) => html("td", { "data-scene": name, "data-method": other,
    style: "cursor: pointer" }, html(name === scene && other === method ? "b" : "span", {},
    fixed(storedAp(maps, at, by, reading, threshold))));
  return html("div", { class: "stack" }, html("table", {},
    html("tr", {}, html("th", {}, "AP"), maps.methods.map((name, by) => html("th", {},
      html("i", { class: "line", style: series(LOOKS[by].colour) }), name))),
    maps.scenes.map((name, at) => html("tr", {}, html("th", {}, name),
      maps.methods.map((other, by) => cell(name, at, other, by))))));
}

export default live({ title: "Results, image by image", settle, draw, start });
