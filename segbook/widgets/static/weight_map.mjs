// WeightMap: cells that are dragged about, and what every pixel between them weighs in the loss.
import { borderDistances, borderTerm, carveTouching, largestOf, nearestTwo, rimsOf, weightsOf } from "./border.mjs";
import { anchor, idsOf, outlinePath, pixelPath, rasterise } from "./scene.mjs";
import { arrowKeys, change, checkbox, clamp, drag, figure, html, slider, svg } from "./page.mjs";

const WIDTH = 64, HEIGHT = 48, SMALLEST = 3, LARGEST = 14, MOST = 8, LEVELS = 24;
const PAPER = { w_0: 10, sigma: 5, background: 1, cell: 1, carve: true };
const PRESETS = {
  "a gap": { ...PAPER, cells: [[18, 23, 10], [42, 23, 10]] },
  "touching": { ...PAPER, cells: [[20, 23, 10], [40, 23, 10]] },
  "touching, no gap carved": { ...PAPER, cells: [[20, 23, 10], [40, 23, 10]], carve: false },
  "a crowd": { ...PAPER, cells: [[15, 13, 8], [31, 11, 8], [46, 15, 7], [21, 30, 9], [40, 31, 9], [56, 30, 6]] },
  "one cell": { ...PAPER, cells: [[24, 23, 10]] },
  "narrow σ": { ...PAPER, cells: [[18, 23, 10], [42, 23, 10]], sigma: 2 },
  "rare cells": { ...PAPER, cells: [[22, 21, 4], [33, 25, 4]], background: 0.6, cell: 4 },
};
const TRAITS = ["cells", "chosen", "carve", "w_0", "sigma", "background", "cell", "row", "column"];
const fixed = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : "∞");
const tint = (share) => `color-mix(in srgb, var(--segbook-0) ${(100 * clamp(share, 0, 1)).toFixed(1)}%, var(--bg))`;

function render({ model, el }) {
  let memory = { key: null };                      // distances change only with the cells; pointing about reuses them
  const cells = () => model.get("cells");
  const chosen = () => clamp(model.get("chosen"), 1, Math.max(cells().length, 1)) - 1;
  // A cell stays on the grid, whatever it is dragged to.
  const place = (index, part) => {
    const [x, y, radius] = Object.assign([...cells()[index]], part);
    const next = [clamp(x, 0, WIDTH - 1), clamp(y, 0, HEIGHT - 1), clamp(radius, SMALLEST, LARGEST)];
    if (next.some((value, i) => value !== cells()[index][i])) {
      change(model, { cells: cells().map((old, i) => (i === index ? next : old)) });
    }
  };
  const point = (column, row) => {
    const next = { column: clamp(column, 0, WIDTH - 1), row: clamp(row, 0, HEIGHT - 1) };
    if (next.column !== model.get("column") || next.row !== model.get("row")) change(model, next);
  };
  // A new cell goes where it is farthest from the others.
  const add = () => {
    const room = [];
    for (let y = 6; y < HEIGHT - 5; y += 3) {
      for (let x = 6; x < WIDTH - 5; x += 3) {
        room.push([Math.min(99, ...cells().map(([a, b, radius]) => Math.hypot(a - x, b - y) - radius)), x, y]);
      }
    }
    const [, x, y] = room.reduce((best, one) => (one[0] > best[0] ? one : best));
    change(model, { cells: [...cells(), [x, y, 5]], chosen: cells().length + 1 });
  };
  const remove = () => {
    if (cells().length) change(model, { cells: cells().filter((_, i) => i !== chosen()), chosen: Math.max(1, chosen()) });
  };
  const addButton = html("button", { type: "button", click: add }, "add a cell");
  const removeButton = html("button", { type: "button", click: remove }, "remove it");
  const buttons = {
    row: html("div", { class: "presets", role: "group", "aria-label": "Cells" }, addButton, removeButton),
    pull: () => { addButton.disabled = cells().length >= MOST; removeButton.disabled = !cells().length; },
  };
  const part = (trait, text, position, limits) => slider(model, trait, text, { ...limits,
    min: cells().length || limits.min ? limits.min : 0, get: () => cells()[chosen()]?.[position] ?? 0,
    set: (value) => cells().length && place(chosen(), { [position]: value }) });
  const one = (value) => fixed(value, 1);
  const view = figure({
    model, el, title: "What a pixel weighs", presets: PRESETS, traits: TRAITS, draw,
    controls: [slider(model, "w_0", html("span", {}, html("var", {}, "w"), html("sub", {}, "0")), { max: 20, step: 0.5, show: one }),
               slider(model, "sigma", "σ", { min: 1, max: 12, step: 0.5, show: one }), buttons],
    more: [checkbox(model, "carve", "part touching cells by a gap of one pixel"),
           slider(model, "background", "w_c of background", { max: 5, step: 0.1, show: one }),
           slider(model, "cell", "w_c of cells", { max: 5, step: 0.1, show: one }),
           slider(model, "chosen", "chosen cell", { min: 1, max: () => cells().length }),
           part("x", "its column", 0, { max: WIDTH - 1 }), part("y", "its row", 1, { max: HEIGHT - 1 }),
           part("radius", "its radius", 2, { min: SMALLEST, max: LARGEST }),
           slider(model, "column", "column of the pixel", { max: WIDTH - 1 }),
           slider(model, "row", "row of the pixel", { max: HEIGHT - 1 })],
  });

  const { drawing } = view;
  const pixelAt = (x, y) => [Math.floor(x * WIDTH), Math.floor(y * HEIGHT)];
  drag(drawing, {
    grab: (x, y) => {
      const [column, row] = pixelAt(x, y), mine = cells()[chosen()];
      if (mine && Math.hypot(x * WIDTH - 0.5 - mine[0], y * HEIGHT - 0.5 - handleOf(mine)) < 2.2) return { resize: chosen() };
      const id = rasterise(cells().map((one) => [1, ...one]), WIDTH, HEIGHT)[row]?.[column];
      if (!id) return null;
      if (id - 1 !== chosen()) change(model, { chosen: id });
      return { index: id - 1, dx: cells()[id - 1][0] - column, dy: cells()[id - 1][1] - row };
    },
    move: ({ resize, index, dx, dy }, x, y) => {
      const [column, row] = pixelAt(x, y);
      if (resize !== undefined) {
        const one = cells()[resize];
        if (one) place(resize, { 2: Math.round(Math.hypot(column - one[0], row - one[1])) });
      } else if (index < cells().length) place(index, { 0: column + dx, 1: row + dy });
    },
  });
  // The mouse points by hovering, a finger or a click by tapping on background: dragging there still scrolls the page.
  const pointAt = (event) => {
    const surface = event.target.closest?.("[data-surface]");
    if (!surface) return;
    const { left, top, width, height } = surface.getBoundingClientRect();
    point(...pixelAt((event.clientX - left) / width, (event.clientY - top) / height));
  };
  drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && !event.buttons) pointAt(event); });
  drawing.addEventListener("click", pointAt);
  arrowKeys(drawing, {
    label: "The scene: arrow keys move the chosen cell, digits choose another, + and − resize it, w, a, s and d move the pixel",
    step: (dx, dy) => { if (cells().length) { const [x, y] = cells()[chosen()]; place(chosen(), { 0: x + dx, 1: y + dy }); } },
    other: (key) => {
      const known = Number(key) >= 1 && Number(key) <= cells().length;
      const size = { "+": 1, "=": 1, "-": -1 }[key], move = { w: [0, -1], a: [-1, 0], s: [0, 1], d: [1, 0] }[key];
      if (known) change(model, { chosen: Number(key) });
      if (size && cells().length) place(chosen(), { 2: cells()[chosen()][2] + size });
      if (move) point(model.get("column") + move[0], model.get("row") + move[1]);
      return known || Boolean(size || move);
    },
  });

  function sceneNow() {
    const key = JSON.stringify([cells(), model.get("carve")]);
    if (key !== memory.key) {
      const drawn = rasterise(cells().map((cell) => [1, ...cell]), WIDTH, HEIGHT);
      const ids = model.get("carve") ? carveTouching(drawn) : drawn;
      const carved = drawn.flat().filter((id, i) => id !== ids.flat()[i]).length;
      memory = { key, ids, carved, rims: rimsOf(ids), distances: borderDistances(ids) };
    }
    return memory;
  }

  function draw(width) {
    const { ids, rims, distances, carved } = sceneNow();
    const settings = { w0: model.get("w_0"), sigma: model.get("sigma"), background: model.get("background"), cell: model.get("cell") };
    const weights = weightsOf(ids, distances, settings);
    const row = model.get("row"), column = model.get("column");
    const top = Math.max(settings.w0 + settings.background, settings.cell, 0.1);
    const near = nearestTwo(ids, rims, row, column);
    const wide = width >= 700, unit = Math.max(2, Math.floor(2 * Math.min(wide ? width * 0.58 : width - 2, 600) / WIDTH) / 2);
    const state = { ids, weights, top, near, row, column, unit, mine: cells()[chosen()], chosen: chosen() + 1 };
    const strip = wide ? Math.min(width - WIDTH * unit - 26, 380) : WIDTH * unit;
    return {
      nodes: [html("div", { class: "panels", style: "margin-top: 9.6px" }, map(state), html("div", { style: `width: ${strip}px` }, profile(state, strip), scale(top, strip)))],
      ...inWords({ ...settings, ids, weights, near, carved, row, column, d1: distances[0][row][column], d2: distances[1][row][column] }),
    };
  }
  return view.stop;
}

// The row of a cell's handle: its lower end, or the upper one where that lies off the grid.
const handleOf = ([, y, radius]) => (y + radius < HEIGHT ? y + radius : y - radius);

// The map in steps of one colour, cells outlined with their ids, and lines to the two nearest cells.
function map({ ids, weights, top, near, row, column, unit, mine, chosen }) {
  const level = (value) => Math.min(LEVELS, Math.round((LEVELS * value) / top));
  const levels = weights.map((line) => line.map(level)), letter = clamp(13 / unit, 1.6, 3.4);
  const fills = [...new Set(levels.flat())].map((step) => svg("path", { d: pixelPath(levels, (value) => value === step), style: `fill: ${tint(step / LEVELS)}` }));
  const names = idsOf(ids);
  const outlines = names.flatMap((id) => [
    svg("path", { d: pixelPath(ids, (value) => value === id), "data-grab": "", style: "fill: transparent" }),
    svg("path", { class: id === chosen ? "chosen" : "edge", d: outlinePath(ids, id), style: "--series: var(--segbook-5)" })]);
  const lines = near.filter(({ distance }) => distance > 0).flatMap((one, i) => [
    svg("line", { x1: column + 0.5, y1: row + 0.5, x2: one.column + 0.5, y2: one.row + 0.5, class: "edge",
                  style: "--series: var(--segbook-focus)", "stroke-dasharray": i ? "3 2" : "none" }),
    svg("circle", { cx: one.column + 0.5, cy: one.row + 0.5, r: 0.5, style: "fill: var(--segbook-focus)" })]);
  const text = (x, y, words) => svg("text", { x, y, "font-size": letter, "stroke-width": letter / 4, "text-anchor": "middle", "dominant-baseline": "central" }, words);
  const middles = names.map((id) => { const [x, y] = anchor(ids, id); return text(x + 0.5, y + 0.5, id); });
  const handle = mine && names.includes(chosen) ? [svg("rect", { "data-grab": "", x: mine[0] - 0.4, y: handleOf(mine) - 0.4, width: 1.8, height: 1.8, rx: 0.3,
    style: "fill: var(--fg); stroke: var(--bg); stroke-width: .3; cursor: ns-resize" })] : [];
  const mark = svg("rect", { x: column, y: row, width: 1, height: 1, class: "edge", style: "--series: var(--segbook-focus)" });
  return html("div", { style: `width: ${WIDTH * unit}px` },
    html("p", { class: "caption" }, "Weight w of every pixel ", html("small", {}, "· drag a cell, or its square")),
    svg("svg", { class: "scene", width: WIDTH * unit, height: HEIGHT * unit, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "data-surface": "map",
                 "aria-label": `Weight map of ${names.length} cells` }, fills, outlines, middles, lines, handle, mark));
}

// The weights along the pixel's row: height says what colour says in the map.
function profile({ ids, weights, top, row, column }, width) {
  const height = 120, left = 26, step = (width - left - 2) / WIDTH, y = (value) => height - (height - 8) * Math.min(1, value / top);
  const ticks = [0, top / 2, top].map((value) => [
    svg("line", { x1: left, x2: width - 2, y1: y(value), y2: y(value), style: "stroke: var(--line)" }),
    svg("text", { x: left - 4, y: y(value), class: "index", "text-anchor": "end", "dominant-baseline": "central" }, Number(value.toFixed(1)))]).flat();
  const bars = weights[row].map((value, x) => svg("rect", { x: left + x * step, y: y(value), width: Math.max(step - 0.5, 1), height: height - y(value),
    style: `fill: ${x === column ? "var(--segbook-focus)" : ids[row][x] ? "var(--segbook-5)" : "var(--segbook-0)"}` }));
  return html("div", {}, html("p", { class: "caption" }, `w along row ${row} `, html("small", {}, "· grey: in a cell")),
    svg("svg", { width, height: height + 6, viewBox: `0 -4 ${width} ${height + 6}`, role: "img", "aria-label": `Weights along row ${row}` }, ticks, bars));
}

function scale(top, width) {
  const step = (width - 28) / (LEVELS + 1);
  return html("div", {}, svg("svg", { width, height: 32, viewBox: `0 0 ${width} 32`, role: "img", "aria-label": `Colours from 0 to ${Number(top.toFixed(1))}` },
    Array.from({ length: LEVELS + 1 }, (_, i) => svg("rect", { x: 14 + i * step, y: 1, width: step + 0.5, height: 12, style: `fill: ${tint(i / LEVELS)}` })),
    svg("rect", { x: 14, y: 1, width: width - 28, height: 12, style: "fill: none; stroke: var(--line)" }),
    [[14, 0], [width / 2, top / 2], [width - 14, top]].map(([x, value]) =>
      svg("text", { x, y: 24, class: "index", "text-anchor": "middle", "dominant-baseline": "central" }, Number(value.toFixed(1))))));
}

function inWords({ ids, weights, near, carved, row, column, d1, d2, w0, sigma, background, cell }) {
  const v = (name, index) => [html("var", {}, name), html("sub", {}, index)];
  const own = ids[row][column], w = weights[row][column], term = borderTerm(d1, d2, w0, sigma);
  const letters = ["(", ...v("d", 1), " + ", ...v("d", 2), ")", html("sup", {}, "2")];
  const formula = own
    ? [html("div", {}, html("var", {}, "w"), " = ", ...v("w", "c"), " = ", html("b", {}, fixed(w)), ` in cell ${own}: the border term is for background only`)]
    : [html("div", {}, html("var", {}, "w"), " = ", ...v("w", "c"), " + ", ...v("w", 0), " · exp(−", ...letters, " / 2", html("var", {}, "σ"), html("sup", {}, "2"), ")"),
       html("div", {}, `= ${fixed(background, 1)} + ${fixed(w0, 1)} · exp(−(${fixed(d1)} + ${fixed(d2)})² / (2 · ${fixed(sigma, 1)}²)) = ${fixed(background, 1)} + ${fixed(term)} = `, html("b", {}, fixed(w)))];
  const away = near.filter(({ distance }) => distance > 0).map(({ id, distance }) => `${fixed(distance)} from cell ${id}`).join(" and ");
  const where = own ? `lies in cell ${own}` : away ? `is ${away}` : "has no cell near it";
  const fewer = idsOf(ids).length < 2 ? " With fewer than two cells there is no border term." : "";
  const parted = carved ? ` ${carved} ${carved === 1 ? "pixel was" : "pixels were"} carved away.` : "";
  return { formula, sentence: `Pixel (${row}, ${column}) ${where} and weighs ${fixed(w)}. The largest weight is ${fixed(largestOf(weights))}.${parted}${fewer}` };
}

export default { render };
