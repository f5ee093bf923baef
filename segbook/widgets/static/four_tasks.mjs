// FourTasks: one scene of movable objects, and what classification, detection, semantic and instance segmentation keep of it.
import { anchor, boundingBoxes, classTable, countObjects, idsOf, idsOfRegions, imageLabel, outlinePath, pixelPath, rasterise,
  semanticLabels, semanticRegions } from "./scene.mjs";
import { arrowKeys, change, clamp, drag, figure, html, presetButtons, slider, svg } from "./page.mjs";

const WIDTH = 48, HEIGHT = 32, SMALLEST = 3, LARGEST = 10;
const NAMES = ["background", "disc", "square", "triangle"];
const PLURALS = ["", "discs", "squares", "triangles"];
const PRESETS = {
  "all apart": { objects: [[1, 8, 8, 6], [1, 24, 8, 6], [2, 38, 8, 6], [2, 11, 24, 6], [3, 31, 23, 7]], chosen: 2 },
  "two touch": { objects: [[1, 8, 8, 6], [1, 21, 8, 6], [2, 38, 8, 6], [2, 11, 24, 6], [3, 31, 23, 7]], chosen: 2 },
  "three in a heap": { objects: [[1, 14, 10, 6], [1, 26, 11, 6], [1, 19, 21, 6], [2, 39, 9, 6], [3, 38, 23, 7]], chosen: 3 },
  "another class": { objects: [[1, 14, 10, 6], [2, 26, 11, 6], [3, 19, 21, 7], [1, 40, 9, 6], [2, 38, 23, 6]], chosen: 2 },
  "only a corner": { objects: [[2, 15, 10, 6], [2, 26, 21, 6], [1, 38, 8, 6], [3, 8, 24, 6], [1, 41, 23, 5]], chosen: 2 },
  "right by accident": { objects: [[1, 13, 15, 8], [2, 30, 10, 5], [2, 39, 10, 6], [1, 37, 25, 5], [3, 13, 15, 9]], chosen: 5 },
};
const TASKS = { "all four": { task: "all" }, classification: { task: "classification" }, detection: { task: "detection" },
                semantic: { task: "semantic" }, instance: { task: "instance" } };
const list = (items) => (items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`);
const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;
const thousands = (number) => number.toLocaleString("en-US");

function render({ model, el }) {
  const objects = () => model.get("objects");
  const chosen = () => clamp(model.get("chosen"), 1, objects().length) - 1;
  // An object stays within the picture, whatever it is dragged to.
  const place = (index, part) => {
    const [shape, x, y, radius] = Object.assign([...objects()[index]], part);
    const next = [shape, clamp(x, radius, WIDTH - 1 - radius), clamp(y, radius, HEIGHT - 1 - radius), radius];
    if (next.some((value, i) => value !== objects()[index][i])) change(model, { objects: objects().map((old, i) => (i === index ? next : old)) });
  };
  const radius = () => objects()[chosen()][3];
  const part = (trait, text, position, limits) => slider(model, trait, text, {
    ...limits, get: () => objects()[chosen()][position], set: (value) => place(chosen(), { [position]: value }) });
  const tasks = presetButtons(model, TASKS);
  tasks.row.setAttribute("aria-label", "Output");
  tasks.row.prepend(html("span", {}, "show"));
  const view = figure({
    model, el, title: "One scene, four outputs", presets: PRESETS, traits: ["objects", "chosen", "task"], draw,
    controls: [tasks, slider(model, "chosen", "chosen object", { min: 1, max: () => objects().length })],
    more: [part("column", "column", 1, { min: radius, max: () => WIDTH - 1 - radius() }),
           part("row", "row", 2, { min: radius, max: () => HEIGHT - 1 - radius() }),
           part("radius", "radius", 3, { min: SMALLEST, max: LARGEST }),
           part("shape", "class", 0, { min: 1, max: 3, show: (shape) => NAMES[shape] })],
  });
  drag(view.drawing, {
    grab: (x, y) => {
      const column = Math.floor(x * WIDTH), row = Math.floor(y * HEIGHT);
      const id = rasterise(objects(), WIDTH, HEIGHT)[row]?.[column];
      if (!id) return null;
      if (id - 1 !== chosen()) change(model, { chosen: id });
      const [, centreX, centreY] = objects()[id - 1];
      return { index: id - 1, dx: centreX - column, dy: centreY - row };
    },
    move: ({ index, dx, dy }, x, y) => {
      if (index < objects().length) place(index, { 1: Math.floor(x * WIDTH) + dx, 2: Math.floor(y * HEIGHT) + dy });
    },
  });
  arrowKeys(view.drawing, {
    label: "The scene: arrow keys move the chosen object, digits choose another",
    step: (dx, dy) => { const [, x, y] = objects()[chosen()]; place(chosen(), { 1: x + dx, 2: y + dy }); },
    other: (key) => {
      const known = Number(key) >= 1 && Number(key) <= objects().length;
      if (known) change(model, { chosen: Number(key) });
      return known;
    },
  });

  function draw(width) {
    const scene = objects(), classes = classTable(scene), ids = rasterise(scene, WIDTH, HEIGHT);
    const labels = semanticLabels(ids, classes), regions = semanticRegions(labels);
    const state = { ids, classes, labels, regions, boxes: boundingBoxes(ids), held: idsOfRegions(ids, regions),
                    label: imageLabel(labels, 3), counts: countObjects(ids, regions), chosen: chosen() + 1 };
    const task = model.get("task"), gap = 20;
    const shown = task === "all" ? Object.keys(PANELS) : [task];
    const side = task === "all" ? (width - gap - 2) / 2 : Math.min(width - 2, 560);
    const unit = Math.max(2, Math.floor((2 * side) / WIDTH) / 2);
    state.narrow = unit < 5;
    return { nodes: [html("div", { class: "panels", style: `column-gap: ${gap}px` }, shown.map((name) => panel(name, state, unit)))],
             ...inWords(state, scene) };
  }
  return view.stop;
}

const area = (map, value, series) => svg("path", { class: "area", d: pixelPath(map, (v) => v === value), "data-grab": "",
  style: `--series: var(--segbook-${series % 6})` });
const edge = (map, value, series, kind = "") => svg("path", { class: `edge ${kind}`, d: outlinePath(map, value),
  style: `--series: var(--segbook-${series % 6})` });
// Where room is short, so are the names.
const nameOf = (shape, { narrow }) => (narrow ? ["", "disc", "sq.", "tri."] : NAMES)[shape];
const name = ([x, y], size, text) => svg("text", { x: x + 0.5, y: y + 0.5, "font-size": size, "stroke-width": size / 4,
  "text-anchor": "middle", "dominant-baseline": "central" }, text);
// What the picture itself shows: shapes without names.
const silhouettes = ({ ids }) => [svg("path", { class: "seen", d: pixelPath(ids, (id) => id > 0), "data-grab": "" }),
  ...idsOf(ids).map((id) => svg("path", { class: "rim", d: outlinePath(ids, id) }))];
const mark = ({ ids, chosen }) => svg("path", { class: "chosen", d: outlinePath(ids, chosen) });

// For each task: how large its output is, in words and in numbers, and how it is drawn; sizes of letters are in pixels of the scene.
const PANELS = {
  classification: {
    title: "Classification",
    about: ({ label }) => [`one label: ${NAMES[label]}`, 1],
    nodes: (state) => [...silhouettes(state), mark(state)],  // the label is no part of the picture: it has no place
  },
  detection: {
    title: "Detection",
    about: ({ boxes }) => [many(boxes.length, "box", "boxes"), 5 * boxes.length],
    nodes: (state, letter) => {
      const taken = [];
      const free = ([x, y]) => taken.every(([a, b]) => Math.abs(x - a) > 4 * letter || Math.abs(y - b) > letter);
      const boxes = state.boxes.map(({ id, box: [x0, y0, x1, y1] }) => {
        const x = (x0 + x1 - 1) / 2, places = [y0 + letter / 2 - 0.2, y1 - letter / 2 - 0.8, (y0 + y1 - 1) / 2].map((y) => [x, y]);
        taken.push(places.find(free) ?? places[0]);
        return svg("rect", { class: "edge", x: x0, y: y0, width: x1 - x0, height: y1 - y0,
                             style: `--series: var(--segbook-${(state.classes[id] - 1) % 6})` });
      });
      return [...silhouettes(state), mark(state), ...boxes,
              ...state.boxes.map(({ id }, i) => name(taken[i], letter, nameOf(state.classes[id], state)))];
    },
  },
  semantic: {
    title: "Semantic segmentation", short: "Semantic",
    about: ({ counts }) => [many(counts.regions, "region"), WIDTH * HEIGHT],
    nodes: ({ regions, labels, held, narrow }, letter) => {
      const first = (region) => anchor(regions, region), series = ([x, y]) => labels[y][x] - 1;
      const merged = held.filter(([, ids]) => ids.length > 1).map(([region]) => region);
      const more = (count) => (count < 2 ? "" : narrow ? ` ×${count}` : ` (${count} in 1)`);
      return [...held.map(([region]) => area(regions, region, series(first(region)))),
              ...held.map(([region]) => edge(regions, region, series(first(region)), merged.includes(region) ? "merged" : "")),
              ...held.map(([region, ids]) => name(first(region), letter, nameOf(series(first(region)) + 1, { narrow }) + more(ids.length)))];
    },
  },
  instance: {
    title: "Instance segmentation", short: "Instance",
    about: ({ counts }) => [many(counts.objects, "id"), WIDTH * HEIGHT + counts.objects],
    nodes: (state, letter) => [...idsOf(state.ids).flatMap((id) => [area(state.ids, id, id - 1), edge(state.ids, id, id - 1)]), mark(state),
      ...idsOf(state.ids).map((id) => name(anchor(state.ids, id), letter, id))],
  },
};

function panel(task, state, unit) {
  const { title, short: brief, about, nodes } = PANELS[task], [what, numbers] = about(state);
  const width = WIDTH * unit, height = HEIGHT * unit;
  const size = `${thousands(numbers)} ${numbers === 1 ? "number" : "numbers"}`;
  return html("div", { "data-task": task, style: `width: ${width}px` },
    html("p", { class: "caption" }, state.narrow ? brief ?? title : title, html("br"),
      html("small", {}, what, ...(state.narrow ? [html("br"), size] : [` · ${size}`]))),
    svg("svg", { class: "scene", width, height, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "data-surface": task,
                 "aria-label": `${title}: ${what}` }, nodes(state, clamp(12.5 / unit, 1.6, 4))));
}

function inWords({ ids, classes, regions, held, counts }, scene) {
  const formula = [html("div", {}, "objects ", html("b", {}, counts.objects), " − lost ", html("b", {}, counts.lost), " + cut ",
    html("b", {}, counts.cut), " = regions in the semantic map ", html("b", {}, counts.regions))];
  const said = held.filter(([, members]) => members.length > 1)
    .map(([, members]) => `${PLURALS[classes[members[0]]]} ${list(members)} are one region of the semantic map`);
  for (const id of idsOf(ids)) {
    const pieces = held.filter(([, members]) => members.includes(id)).length;
    if (pieces > 1) said.push(`${NAMES[classes[id]]} ${id} lies in ${pieces} regions`);
  }
  const hidden = scene.map((_, index) => index + 1).filter((id) => !idsOf(ids).includes(id));
  if (hidden.length) said.push(`${hidden.length > 1 ? "objects" : "object"} ${list(hidden)} cannot be seen, so no output has it`);
  const sentence = said.length ? said.join("; ") : "every object has a region of its own";
  const right = counts.lost && counts.lost === counts.cut ? " The regions are as many as the objects, by accident." : "";
  return { formula, sentence: `${sentence[0].toUpperCase()}${sentence.slice(1)}.${right}` };
}

export default { render };
