// FourTasks: one scene of movable objects, and what classification, detection, semantic and instance segmentation keep
// of it.
import { live } from "./figure.mjs";
import { canvas, centred, clamp, grouped, html, many, panel, result, series, svg } from "./page.mjs";
import { arrowKeys, drag } from "./pointing.mjs";
import { anchor, boundingBoxes, classTable, countObjects, idsOf, idsOfRegions, imageLabel, outlinePath, pixelPath,
  rasterise, semanticLabels, semanticRegions } from "./scene.mjs";

const WIDTH = 48, HEIGHT = 32, SMALLEST = 3, LARGEST = 10;
const NAMES = ["background", "disc", "square", "triangle"], SHORT_NAMES = ["", "disc", "sq.", "tri."];
const PLURALS = ["", "discs", "squares", "triangles"];
const list = (items) => (items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`);
// Ids take the colours that no class has, and then the same ones stronger and paler.
const idSeries = (id) => 3 + ((id - 1) % 3);
const idStrength = (id) => [34, 85, 14][Math.floor((id - 1) / 3)];
const idFill = (id) => `; fill: color-mix(in srgb, var(--series) ${idStrength(id)}%, var(--bg))`;

export const limits = { chosen: ({ objects }) => [1, objects.length] };
const chosenOf = ({ chosen, objects }) => clamp(chosen, 1, objects.length) - 1;
// An object stays within the picture, whatever it is dragged to. `part` replaces some of [class, column, row, radius].
const placed = ({ objects }, index, part) => ({ objects: objects.map((old, i) => {
  if (i !== index) return old;
  const [shape, x, y, radius] = Object.assign([...old], part);
  return [shape, clamp(x, radius, WIDTH - 1 - radius), clamp(y, radius, HEIGHT - 1 - radius), radius];
}) });

function controls() {
  const radius = (state) => state.objects[chosenOf(state)][3];
  const part = (name, label, position, more) => ({ name, label, more: true, ...more,
    get: (state) => state.objects[chosenOf(state)][position],
    put: (value, state) => placed(state, chosenOf(state), { [position]: value }) });
  return [part("column", "column", 1, { min: radius, max: (state) => WIDTH - 1 - radius(state) }),
    part("row", "row", 2, { min: radius, max: (state) => HEIGHT - 1 - radius(state) }),
    part("radius", "radius", 3, { min: SMALLEST, max: LARGEST }),
    part("shape", "class", 0, { min: 1, max: 3, show: (shape) => NAMES[shape] })];
}

function start({ drawing, state, set }) {
  drag(drawing, {
    grab: (x, y) => {
      const column = Math.floor(x * WIDTH), row = Math.floor(y * HEIGHT), { objects } = state();
      const id = rasterise(objects, WIDTH, HEIGHT)[row]?.[column];
      if (!id) return null;
      set({ chosen: id });
      return { index: id - 1, dx: objects[id - 1][1] - column, dy: objects[id - 1][2] - row };
    },
    move: ({ index, dx, dy }, x, y) =>
      set(placed(state(), index, { 1: Math.floor(x * WIDTH) + dx, 2: Math.floor(y * HEIGHT) + dy })),
  });
  arrowKeys(drawing, {
    label: "The scene: arrow keys move the chosen object, digits choose another",
    step: (dx, dy) => {
      const now = state(), index = chosenOf(now), [, x, y] = now.objects[index];
      set(placed(now, index, { 1: x + dx, 2: y + dy }));
    },
    other: (key) => {
      const known = Number(key) >= 1 && Number(key) <= state().objects.length;
      if (known) set({ chosen: Number(key) });
      return known;
    },
  });
}

export function draw(state, width) {
  const { objects, task } = state, classes = classTable(objects), ids = rasterise(objects, WIDTH, HEIGHT);
  const labels = semanticLabels(ids, classes), regions = semanticRegions(labels), gap = 20;
  const shown = task === "all" ? Object.keys(TASKS) : [task];
  const side = task === "all" ? (width - gap - 2) / 2 : Math.min(width - 2, 560);
  const unit = Math.max(2, Math.floor((2 * side) / WIDTH) / 2);
  const scene = { ids, classes, labels, regions, boxes: boundingBoxes(ids), held: idsOfRegions(ids, regions),
    label: imageLabel(labels, 3), counts: countObjects(ids, regions), chosen: chosenOf(state) + 1, narrow: unit < 5 };
  const [shape, x, y] = objects[chosenOf(state)], drawn = shown.map((name) => taskPanel(name, scene, unit));
  return { nodes: [html("div", { class: "panels", style: `column-gap: ${gap}px` }, drawn)],
    ...inWords(scene, objects), aside: `${scene.chosen}, ${NAMES[shape]}: row ${y}, column ${x}.` };
}

const area = (map, value, index, more = "") =>
  svg("path", { class: "area", d: pixelPath(map, (v) => v === value), "data-grab": "", style: series(index) + more });
const edge = (map, value, index, kind = "") =>
  svg("path", { class: `edge ${kind}`, d: outlinePath(map, value), style: series(index) });
// Where room is short, so are the names.
const nameOf = (shape, { narrow }) => (narrow ? SHORT_NAMES : NAMES)[shape];
const name = ([x, y], size, text) => centred(x + 0.5, y + 0.5, text, { "font-size": size, "stroke-width": size / 4 });
// What the picture itself shows: shapes without names.
const silhouettes = ({ ids }) => [svg("path", { class: "seen", d: pixelPath(ids, (id) => id > 0), "data-grab": "" }),
  ...idsOf(ids).map((id) => svg("path", { class: "rim", d: outlinePath(ids, id) }))];
const ring = ({ ids, chosen }) => svg("path", { class: "chosen", d: outlinePath(ids, chosen) });

// For each task: how large its output is, in words and in numbers, and how it is drawn; sizes of letters are in pixels
// of the scene.
const TASKS = {
  classification: {
    title: "Classification",
    about: ({ label }) => [`one label: ${NAMES[label]}`, 1],
    nodes: (scene) => [...silhouettes(scene), ring(scene)],   // the label is no part of the picture: it has no place
  },
  detection: {
    title: "Detection",
    about: ({ boxes }) => [many(boxes.length, "box", "boxes"), 5 * boxes.length],
    nodes: (scene, letter) => {
      const taken = [];
      const free = ([x, y]) => taken.every(([a, b]) => Math.abs(x - a) > 4 * letter || Math.abs(y - b) > letter);
      const frames = scene.boxes.map(({ id, box: [x0, y0, x1, y1] }) => {
        const x = (x0 + x1 - 1) / 2, heights = [y0 + letter / 2 - 0.2, y1 - letter / 2 - 0.8, (y0 + y1 - 1) / 2];
        const places = heights.map((y) => [x, y]);
        taken.push(places.find(free) ?? places[0]);
        return svg("rect", { class: "edge", x: x0, y: y0, width: x1 - x0, height: y1 - y0,
          style: series(scene.classes[id] - 1) });
      });
      const names = scene.boxes.map(({ id }, i) => name(taken[i], letter, nameOf(scene.classes[id], scene)));
      return [...silhouettes(scene), ring(scene), ...frames, ...names];
    },
  },
  semantic: {
    title: "Semantic segmentation", brief: "Semantic",
    about: ({ counts }) => [many(counts.regions, "region"), WIDTH * HEIGHT],
    nodes: ({ regions, labels, held, narrow }, letter) => {
      const first = (region) => anchor(regions, region), shape = ([x, y]) => labels[y][x];
      const more = (count) => (count < 2 ? "" : narrow ? ` ×${count}` : ` (${count} in 1)`);
      return [...held.map(([region]) => area(regions, region, shape(first(region)) - 1)),
        ...held.map(([region, ids]) =>
          edge(regions, region, shape(first(region)) - 1, ids.length > 1 ? "merged" : "")),
        ...held.map(([region, ids]) =>
          name(first(region), letter, nameOf(shape(first(region)), { narrow }) + more(ids.length)))];
    },
  },
  instance: {
    title: "Instance segmentation", brief: "Instance",
    about: ({ counts }) => [many(counts.objects, "id"), WIDTH * HEIGHT + counts.objects],
    nodes: (scene, letter) => [
      ...idsOf(scene.ids).flatMap((id) =>
        [area(scene.ids, id, idSeries(id), idFill(id)), edge(scene.ids, id, idSeries(id))]),
      ring(scene), ...idsOf(scene.ids).map((id) => name(anchor(scene.ids, id), letter, id))],
  },
};

function taskPanel(task, scene, unit) {
  const { title, brief = title, about, nodes } = TASKS[task], [what, numbers] = about(scene);
  const width = WIDTH * unit, height = HEIGHT * unit;
  const size = `${grouped(numbers)} ${numbers === 1 ? "number" : "numbers"}`;
  const drawn = canvas(width, height, `${title}: ${what}`, nodes(scene, clamp(12.5 / unit, 1.6, 4)),
    { class: "scene", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "data-surface": task });
  const rest = scene.narrow ? [what, html("br"), size] : `${what} · ${size}`;
  return panel(scene.narrow ? brief : title, rest, drawn, { width, below: true, "data-task": task });
}

function inWords({ ids, classes, held, counts }, objects) {
  const formula = [html("div", {}, "objects ", result(counts.objects), " − lost ", result(counts.lost), " + cut ",
    result(counts.cut), " = regions in the semantic map ", result(counts.regions))];
  const said = held.filter(([, members]) => members.length > 1)
    .map(([, members]) => `${PLURALS[classes[members[0]]]} ${list(members)} are one region of the semantic map`);
  for (const id of idsOf(ids)) {
    const pieces = held.filter(([, members]) => members.includes(id)).length;
    if (pieces > 1) said.push(`${NAMES[classes[id]]} ${id} lies in ${pieces} regions`);
  }
  const hidden = objects.map((_, index) => index + 1).filter((id) => !idsOf(ids).includes(id));
  if (hidden.length) {
    said.push(`${hidden.length > 1 ? "objects" : "object"} ${list(hidden)} cannot be seen, so no output has it`);
  }
  const sentence = said.length ? said.join("; ") : "every object has a region of its own";
  const accident = counts.lost && counts.lost === counts.cut;
  return { formula, sentence: `${sentence[0].toUpperCase()}${sentence.slice(1)}.`
    + (accident ? " There are as many regions as objects, but only by accident." : "") };
}

export default live({ title: "One scene, four outputs", limits, draw, controls, start });
