// WeightMap: cells that are dragged about, and what every pixel between them weighs in the loss.
import { borderDistances, borderTerm, carveTouching, largestOf, nearestTwo, rimsOf, weightsOf } from "./border.mjs";
import { live } from "./figure.mjs";
import { canvas, centred, clamp, fixed, html, many, mark, panel, panels, range, result, series, svg, tint }
  from "./page.mjs";
import { arrowKeys, drag, point } from "./pointing.mjs";
import { anchor, idsOf, outlinePath, pixelPath, rasterise } from "./scene.mjs";

const WIDTH = 64, HEIGHT = 48, SMALLEST = 3, LARGEST = 14, MOST = 8, LEVELS = 24;
const BLUE = "var(--segbook-0)", FOCUS = "--series: var(--segbook-focus)";

export const limits = {
  chosen: ({ cells }) => [1, Math.max(cells.length, 1)], row: () => [0, HEIGHT - 1], column: () => [0, WIDTH - 1],
};
const chosenOf = ({ chosen, cells }) => clamp(chosen, 1, Math.max(cells.length, 1)) - 1;
const drawn = (cells) => rasterise(cells.map((cell) => [1, ...cell]), WIDTH, HEIGHT);
// A cell stays on the grid, whatever it is dragged to. `part` replaces some of [column, row, radius].
const placed = ({ cells }, index, part) => ({ cells: cells.map((old, i) => {
  if (i !== index) return old;
  const [x, y, radius] = Object.assign([...old], part);
  return [clamp(x, 0, WIDTH - 1), clamp(y, 0, HEIGHT - 1), clamp(radius, SMALLEST, LARGEST)];
}) });
// A new cell goes where it is farthest from the others.
function added({ cells }) {
  const places = range(13).flatMap((i) => range(18).map((j) => [6 + 3 * j, 6 + 3 * i]));
  const room = ([x, y]) => Math.min(99, ...cells.map(([a, b, radius]) => Math.hypot(a - x, b - y) - radius));
  const [x, y] = places.reduce((best, one) => (room(one) > room(best) ? one : best));
  return { cells: [...cells, [x, y, 5]], chosen: cells.length + 1 };
}
const removed = (state) => ({ cells: state.cells.filter((_, i) => i !== chosenOf(state)),
  chosen: Math.max(1, chosenOf(state)) });

function controls({ state, set }) {
  const add = html("button", { type: "button", click: () => set(added(state())) }, "add a cell");
  const remove = html("button", { type: "button", click: () => set(removed(state())) }, "remove it");
  const pull = ({ cells } = state()) => {
    add.disabled = cells.length >= MOST;
    remove.disabled = !cells.length;
  };
  const part = (name, label, position, low, high) => ({ name, label, more: true, after: "chosen", min: low,
    max: ({ cells }) => (cells.length ? high : low),
    get: (now) => now.cells[chosenOf(now)]?.[position] ?? low,
    put: (value, now) => placed(now, chosenOf(now), { [position]: value }) });
  return [{ row: html("div", { class: "presets", role: "group", "aria-label": "Cells" }, add, remove), pull },
    part("radius", "its radius", 2, SMALLEST, LARGEST), part("y", "its row", 1, 0, HEIGHT - 1),
    part("x", "its column", 0, 0, WIDTH - 1)];
}

function start({ drawing, state, set }) {
  const pixelAt = (x, y) => [Math.floor(x * WIDTH), Math.floor(y * HEIGHT)];
  drag(drawing, {
    grab: (x, y) => {
      const now = state(), [column, row] = pixelAt(x, y), index = chosenOf(now), mine = now.cells[index];
      const onHandle = mine && Math.hypot(x * WIDTH - 0.5 - mine[0], y * HEIGHT - 0.5 - handleOf(mine)) < 2.2;
      if (onHandle) return { resize: index };
      const id = drawn(now.cells)[row]?.[column];
      if (!id) return null;
      set({ chosen: id });
      return { index: id - 1, dx: now.cells[id - 1][0] - column, dy: now.cells[id - 1][1] - row };
    },
    move: ({ resize, index, dx, dy }, x, y) => {
      const now = state(), [column, row] = pixelAt(x, y), cell = now.cells[resize];
      if (cell) set(placed(now, resize, { 2: Math.round(Math.hypot(column - cell[0], row - cell[1])) }));
      if (index !== undefined) set(placed(now, index, { 0: column + dx, 1: row + dy }));
    },
  });
  // The mouse points by hovering, a finger or a click by tapping on background: dragging there still scrolls the page.
  point(drawing, "[data-surface]", (_, x, y) => {
    const [column, row] = pixelAt(x, y);
    set({ column, row });
  });
  arrowKeys(drawing, {
    label: "The scene: arrow keys move the chosen cell, digits choose another, + and − resize it, w, a, s and d move "
      + "the pixel",
    step: (dx, dy) => {
      const now = state(), [x, y] = now.cells[chosenOf(now)] ?? [];
      set(placed(now, chosenOf(now), { 0: x + dx, 1: y + dy }));
    },
    other: (key) => {
      const now = state(), { cells, row, column } = now, known = Number(key) >= 1 && Number(key) <= cells.length;
      const size = { "+": 1, "=": 1, "-": -1 }[key], move = { w: [0, -1], a: [-1, 0], s: [0, 1], d: [1, 0] }[key];
      if (known) set({ chosen: Number(key) });
      if (size && cells.length) set(placed(now, chosenOf(now), { 2: cells[chosenOf(now)][2] + size }));
      if (move) set({ column: column + move[0], row: row + move[1] });
      return known || Boolean(size || move);
    },
  });
}

// Distances change only with the cells; pointing about reuses them.
function sceneOf({ cells, carve }, memory) {
  const key = JSON.stringify([cells, carve]);
  if (key !== memory.key) {
    const whole = drawn(cells), ids = carve ? carveTouching(whole) : whole, kept = ids.flat();
    const carved = whole.flat().filter((id, i) => id !== kept[i]).length;
    Object.assign(memory, { key, ids, carved, rims: rimsOf(ids), distances: borderDistances(ids) });
  }
  return memory;
}

export function draw(state, width, memory = {}) {
  const { ids, rims, distances, carved } = sceneOf(state, memory), { row, column, sigma, background, cell } = state;
  const settings = { w0: state.w_0, sigma, background, cell }, weights = weightsOf(ids, distances, settings);
  const top = Math.max(settings.w0 + background, cell, 0.1), near = nearestTwo(ids, rims, row, column);
  const wide = width >= 700, unit = Math.max(2,
    Math.floor(2 * Math.min(wide ? width * 0.58 : width - 2, 600) / WIDTH) / 2);
  const shown = { ids, weights, top, near, row, column, unit, mine: state.cells[chosenOf(state)],
    chosen: chosenOf(state) + 1 };
  const strip = wide ? Math.min(width - WIDTH * unit - 26, 380) : WIDTH * unit;
  const [d1, d2] = distances.map((map) => map[row][column]);
  return {
    nodes: [panels(mapPanel(shown),
      html("div", { style: `width: ${strip}px` }, profile(shown, strip), scale(top, strip)))],
    ...inWords({ ...settings, ids, weights, near, carved, row, column, d1, d2 }),
    aside: cellInWords(state),
  };
}

// The row of a cell's handle: its lower end, or the upper one where that lies off the grid.
const handleOf = ([, y, radius]) => (y + radius < HEIGHT ? y + radius : y - radius);

// The map in steps of one colour, cells outlined with their ids, and lines to the two nearest cells.
function mapPanel({ ids, weights, top, near, row, column, unit, mine, chosen }) {
  const levels = weights.map((line) => line.map((value) => Math.min(LEVELS, Math.round((LEVELS * value) / top))));
  const letter = clamp(13 / unit, 1.6, 3.4), names = idsOf(ids), width = WIDTH * unit;
  const fills = [...new Set(levels.flat())].map((step) => svg("path", { d: pixelPath(levels, (value) => value === step),
    style: `fill: ${tint(BLUE, step / LEVELS)}` }));
  const outlines = names.flatMap((id) => [
    svg("path", { class: "grip", d: pixelPath(ids, (value) => value === id), "data-grab": "" }),
    svg("path", { class: "edge", d: outlinePath(ids, id), style: series(5) }),
    id === chosen ? svg("path", { class: "chosen", d: outlinePath(ids, id) }) : null]);
  const lines = near.filter(({ distance }) => distance > 0).flatMap((one, i) => [
    svg("line", { class: "edge", style: FOCUS, x1: column + 0.5, y1: row + 0.5, x2: one.column + 0.5, y2: one.row + 0.5,
      "stroke-dasharray": i ? "3 2" : "none" }),
    svg("circle", { class: "marker", cx: one.column + 0.5, cy: one.row + 0.5, r: 0.5 })]);
  const middles = names.map((id) => {
    const [x, y] = anchor(ids, id);
    return centred(x + 0.5, y + 0.5, id, { "font-size": letter, "stroke-width": letter / 4 });
  });
  const handle = mine && names.includes(chosen) ? svg("rect", { class: "handle", "data-grab": "", x: mine[0] - 0.4,
    y: handleOf(mine) - 0.4, width: 1.8, height: 1.8, rx: 0.3 }) : null;
  const pixel = svg("rect", { class: "edge", style: FOCUS, x: column, y: row, width: 1, height: 1 });
  const drawing = canvas(width, HEIGHT * unit, `Weight map of ${names.length} cells`,
    [fills, outlines, middles, lines, [handle, pixel]].flat(),
    { class: "scene", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "data-surface": "map" });
  return panel("Weight w of every pixel", html("span", { class: "hint" }, "· drag a cell, or its square"), drawing,
    { width });
}

// The weights along the pixel's row: height says what colour says in the map.
function profile({ ids, weights, top, row, column }, width) {
  const height = 120, left = 26, step = (width - left - 2) / WIDTH;
  const y = (value) => height - (height - 8) * Math.min(1, value / top);
  const ticks = [0, top / 2, top].flatMap((value) => [
    svg("path", { class: "grid", d: `M ${left} ${y(value)} H ${width - 2}` }),
    mark(left - 4, y(value), Number(value.toFixed(1)), { "text-anchor": "end" })]);
  const colour = (x) => (x === column ? "var(--segbook-focus)" : ids[row][x] ? "var(--segbook-5)" : BLUE);
  const bars = weights[row].map((value, x) => svg("rect", { x: left + x * step, y: y(value), height: height - y(value),
    width: Math.max(step - 0.5, 1), style: `fill: ${colour(x)}` }));
  return panel(`w along row ${row}`, "· grey: in a cell", canvas(width, height + 6, `Weights along row ${row}`,
    [ticks, bars], { viewBox: `0 -4 ${width} ${height + 6}` }));
}

function scale(top, width) {
  const step = (width - 28) / (LEVELS + 1), number = (value) => Number(value.toFixed(1));
  const steps = range(LEVELS + 1).map((i) => svg("rect", { x: 14 + i * step, y: 1, width: step + 0.5, height: 12,
    style: `fill: ${tint(BLUE, i / LEVELS)}` }));
  const ends = [[14, 0], [width / 2, top / 2], [width - 14, top]].map(([x, value]) => mark(x, 24, number(value)));
  return html("div", {}, canvas(width, 32, `Colours from 0 to ${number(top)}`,
    [steps, svg("rect", { class: "edge-of-map", x: 14, y: 1, width: width - 28, height: 12 }), ends]));
}

function cellInWords(state) {
  const { cells } = state, [x, y, radius] = cells[chosenOf(state)] ?? [];
  return cells.length ? `Cell ${chosenOf(state) + 1} of ${cells.length}: row ${y}, column ${x}, radius ${radius}.`
    : "No cell is left.";
}

function inWords({ ids, weights, near, carved, row, column, d1, d2, w0, sigma, background }) {
  const v = (name, index) => [html("var", {}, name), html("sub", {}, index)], one = (value) => fixed(value, 1);
  const own = ids[row][column], w = weights[row][column], term = borderTerm(d1, d2, w0, sigma);
  const letters = ["(", ...v("d", 1), " + ", ...v("d", 2), ")", html("sup", {}, "2")];
  const formula = own ? [html("div", {}, html("var", {}, "w"), " = ", ...v("w", "c"), " = ", result(fixed(w)),
    ` in cell ${own}: the border term is for background only`)] : [
    html("div", {}, html("var", {}, "w"), " = ", ...v("w", "c"), " + ", ...v("w", 0), " · exp(−", ...letters, " / 2",
      html("var", {}, "σ"), html("sup", {}, "2"), ")"),
    html("div", {}, `= ${one(background)} + ${one(w0)} · exp(−(${fixed(d1)} + ${fixed(d2)})² / (2 · ${one(sigma)}²)) = `
      + `${one(background)} + ${fixed(term)} = `, result(fixed(w)))];
  const away = near.filter(({ distance }) => distance > 0)
    .map(({ id, distance }) => `${fixed(distance)} from cell ${id}`).join(" and ");
  const where = own ? `lies in cell ${own}` : away ? `is ${away}` : "has no cell near it";
  const fewer = idsOf(ids).length < 2 ? " With fewer than two cells there is no border term." : "";
  const parted = carved ? ` ${many(carved, "pixel was", "pixels were")} carved away.` : "";
  return { formula, sentence: `Pixel (${row}, ${column}) ${where} and weighs ${fixed(w)}. The largest weight is `
    + `${fixed(largestOf(weights))}.${parted}${fewer}` };
}

export default live({ title: "What a pixel weighs", limits, draw, controls, start });
