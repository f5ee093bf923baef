// ModelCompare: one image under five networks, any two of them left and right of a line that is dragged.
import { answerOf, averagePrecision, boundaryScore, countFates, fates, mergedGroups, shortestTree, splitCells, unrun }
  from "./compare.mjs";
import { live } from "./figure.mjs";
import { canvas, centred, fixed, html, many, panels, result, series, svg, unique } from "./page.mjs";
import { photograph } from "./photo.mjs";
import { arrowKeys, drag, point } from "./pointing.mjs";
import { anchor, idsOf, outlinePath, pixelPath, semanticRegions } from "./scene.mjs";

const SIDES = { left: 4, right: 1 };               // series of the outlines, both bright: images are dark
const three = (value) => fixed(value, 3);
export const settle = (state) => ({ ...state, wipe: Math.round(state.wipe) });
export const limits = { wipe: () => [0, 100] };

function start({ drawing, state, set }) {
  const wipe = (x) => set({ wipe: 100 * x });
  const grab = (x) => {
    wipe(x);
    return "line";
  };
  drag(drawing, { sideways: true, grab, move: (_, x) => wipe(x) });
  point(drawing, "[data-model]", ({ dataset }) => set({ right: dataset.model }), { hover: false });
  arrowKeys(drawing, {
    label: "The image: arrow keys move the line, l and r put the next network left and right, e marks errors",
    step: (dx) => set({ wipe: state().wipe + 2 * dx }),
    other: (key) => {
      const now = state(), { models } = now.maps, side = { l: "left", r: "right" }[key];
      if (side) set({ [side]: models[(models.indexOf(now[side]) + 1) % models.length] });
      if (key === "e") set({ errors: !now.errors });
      return Boolean(side) || key === "e";
    },
  });
}

// Scored once for each image and network.
function judge(memory, { maps, scene }, name) {
  const key = `${scene}/${name}`, { scenes, models } = maps;
  memory[key] ??= score(maps, scenes.indexOf(scene), models.indexOf(name));
  return memory[key];
}

export function* ahead(state, memory) {
  for (const name of state.maps.models) yield judge(memory, state, name);
}

function score({ ids: allIds, answers, size }, scene, bit) {
  const ids = unrun(allIds[scene], size), preds = answerOf(unrun(answers[scene], size), bit), fate = fates(preds, ids);
  const regions = semanticRegions(preds), labels = ids.map((row) => row.map((id) => (id ? 1 : 0)));
  return { ids, preds, fate, counts: countFates(fate), boundary: boundaryScore(preds, labels),
    count: new Set(regions.flat().filter(Boolean)).size, merged: mergedGroups(regions, ids),
    split: splitCells(regions, ids), ap: averagePrecision(regions, ids) };
}

export function draw(state, width, memory = {}) {
  const { scene, maps, errors } = state, { scenes, models } = maps, at = scenes.indexOf(scene);
  const names = { left: state.left, right: state.right };
  const sides = { left: judge(memory, state, names.left), right: judge(memory, state, names.right) };
  const inARow = width >= 620, small = inARow ? 106 : Math.floor(Math.min((width - 20) / 3, 130));
  const big = Math.min(inARow ? width - 2 * small - 40 : width - 2, 440), thumbs = inARow ? 2 * small + 10 : width;
  const main = html("div", {},
    html("p", { class: "caption sides", style: `width: ${big}px` },
      sideName("left", names, sides), sideName("right", names, sides)),
    picture(state, at, big, names, sides), legend(errors, big));
  return {
    nodes: [panels(main, html("div", { class: "thumbs", style: `width: ${thumbs}px` },
      thumbnail(maps, at, null, null, small),
      models.map((name) => thumbnail(maps, at, name, judge(memory, state, name), small, names))))],
    formula: Object.keys(SIDES).map((side) => sums(names[side], sides[side])),
    sentence: inWords(scene, idsOf(sides.left.ids).length, names, sides),
    aside: `Line at ${state.wipe} %, errors ${errors ? "marked" : "not marked"}.`,
  };
}

function picture({ scene, maps, wipe, errors }, at, side, names, sides) {
  const { size } = maps, line = (wipe / 100) * size;
  const half = (name, from, to) => {
    const id = unique(name);
    return [svg("clipPath", { id }, svg("rect", { x: from, y: 0, width: Math.max(to - from, 0), height: size })),
      svg("g", { "clip-path": `url(#${id})` }, layers(sides[name], SIDES[name], errors))];
  };
  return canvas(side, side, `${scene}: ${names.left} left of the line, ${names.right} right of it`, [
    photograph(maps.sheet, size, { count: maps.scenes.length, at }),
    ...half("left", 0, line), ...half("right", line, size),
    svg("path", { class: "wipe", d: `M${line} 0V${size}` }),
    svg("circle", { class: "knob", cx: line, cy: size / 2, r: 2.6 }),
  ], { class: "answers", viewBox: `0 0 ${size} ${size}`, "data-surface": "image", "data-grab": "" });
}

// An answer over the image: its outline, and, where errors are marked, strokes on wrong pixels and lines between merged
// cells.
function layers({ ids, preds, fate, merged, split }, index, errors) {
  const nodes = [svg("path", { class: "said", style: series(index), d: outlinePath(preds, 1) })];
  if (!errors) return nodes;
  const strokes = (kind, d) =>
    fate.map((row, y) => row.map((value, x) => (value === kind ? d(x, y) : "")).join("")).join("");
  nodes.push(svg("path", { class: "missed", d: strokes(2, (x, y) => `M${x + 0.15} ${y + 0.5}h.7`) }),
    svg("path", { class: "invented", d: strokes(3, (x, y) => `M${x + 0.2} ${y + 0.2}l.6 .6m-.6 0l.6 -.6`) }));
  const middle = (id) => anchor(ids, id).map((value) => value + 0.5), lost = merged.flat();
  for (const group of merged) {
    const points = group.map(middle), at = (i) => points[i].join(" ");
    nodes.push(svg("path", { class: "merged",
      d: shortestTree(points).map(([i, j]) => `M${at(i)}L${at(j)}`).join("") }));
  }
  for (const id of idsOf(ids)) {
    const wrong = lost.includes(id) || split.includes(id);
    nodes.push(centred(...middle(id), split.includes(id) ? `${id}÷` : id,
      { class: wrong ? "cell wrong" : "cell", "font-size": 5 }));
  }
  return nodes;
}

const stroke = (side) => html("i", { class: "line", style: series(SIDES[side]) });
const sideName = (side, names, { [side]: { count, merged, split } }) =>
  html("span", { style: `text-align: ${side}` }, stroke(side), side === "left" ? `◂ ${names.left}` : `${names.right} ▸`,
    html("br"),
    html("small", {}, `counts ${count}, merges ${merged.flat().length || "none"}`,
      split.length ? `, splits ${split.length}` : null));

function legend(errors, width) {
  const key = ([sign, text]) => html("span", {}, html("b", {}, sign), ` ${text}`);
  const keys = [["–", "missed"], ["×", "false alarm"], ["1―2", "merged cells"], ["÷", "split cell"]];
  return html("p", { class: "under keys", style: `max-width: ${width}px` },
    errors ? keys.map(key) : "Outlines: what each network says.");
}

// The truth, or an answer, as white on black; the two that are compared carry their side's colour.
function thumbnail(maps, at, name, judged, side, names = {}) {
  const { size } = maps, shown = Object.keys(SIDES).filter((which) => name && names[which] === name);
  const labels = name ? judged.preds : unrun(maps.ids[at], size);
  const map = svg("svg", { width: side, height: side, viewBox: `0 0 ${size} ${size}`, class: "pixels",
    "aria-hidden": "true" },
    svg("rect", { class: "dark", width: size, height: size }),
      svg("path", { class: "light", d: pixelPath(labels, Boolean) }),
    name ? null : svg("path", { class: "border", d: pixelPath(rims(labels), Boolean) }));
  const numbers = name ? [`IoU ${three(judged.counts.iou)}`, `boundary F ${three(judged.boundary.f)}`,
    `AP ${fixed(judged.ap)}, split ${judged.split.length}`, `merged ${judged.merged.flat().length}`]
    : [at < 2 ? "the true cells" : "what we compare with"];
  return html("div", { class: name ? "thumb" : "thumb truth", style: `width: ${side}px`, "data-model": name,
    title: name ? `Show ${name} right of the line` : null }, map,
  html("p", { class: "under" }, html("b", {}, shown.map(stroke), name ?? "truth"),
    numbers.map((text) => [html("br"), text])));
}

// Cell pixels next to another cell.
const rims = (ids) => ids.map((row, y) => row.map((id, x) =>
  (id && [ids[y + 1]?.[x], row[x + 1]].some((next) => next && next !== id) ? 1 : 0)));

function sums(name, { counts, boundary }) {
  const { found, missed, falseAlarms, iou } = counts;
  return html("div", {}, `${name}: IoU = found / (found + missed + false alarms) = ${found} / (${found} + ${missed} + `
    + `${falseAlarms}) = `, result(three(iou)), `; boundary F of precision ${three(boundary.precision)} and recall `
    + `${three(boundary.recall)} = `, result(three(boundary.f)));
}

function inWords(scene, cells, names, sides) {
  const groups = (lists) => lists.map((list) => list.join("+")).join(", ");
  const said = (side) => {
    const { counts, boundary, merged, split } = sides[side];
    return `${names[side]}: IoU ${three(counts.iou)}, boundary F ${three(boundary.f)}, ${merged.flat().length} of `
      + `${cells} merged${merged.length ? ` (${groups(merged)})` : ""}, ${split.length} split`
      + (split.length ? ` (${split.join(", ")})` : "");
  };
  const guess = { tissue: " The outlines are a rough guess, so the scores are too.",
    "one real cell": " The outline is a threshold's." }[scene] ?? "";
  return `${scene[0].toUpperCase()}${scene.slice(1)}, ${many(cells, "cell")}. Left, ${said("left")}. `
    + `Right, ${said("right")}.${guess}`;
}

export default live({ title: "Five networks, one image", settle, limits, draw, ahead, start });
