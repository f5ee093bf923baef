// ModelCompare: one image under five networks, any two of them left and right of a line that is dragged.
import { anchor, idsOf, outlinePath, pixelPath, semanticRegions } from "./scene.mjs";
import { answerOf, averagePrecision, boundaryScore, countFates, fates, mergedGroups, shortestTree, splitCells, unrun } from "./compare.mjs";
import { arrowKeys, change, checkbox, choice, clamp, drag, figure, html, slider, svg, unique } from "./page.mjs";

const PATCH = "patch classifier", FCN = "FCN-8s", PLAIN = "encoder–decoder", UNET = "U-Net", WEIGHTED = "U-Net, weighted";
const PRESETS = {
  "what skips do": { scene: "a crowd", left: PLAIN, right: UNET, wipe: 50 },
  "what weights do": { scene: "a crowd", left: UNET, right: WEIGHTED, wipe: 50 },
  "a coarse grid": { scene: "a crowd", left: PATCH, right: FCN, wipe: 50 },
  "cells apart": { scene: "apart", left: UNET, right: WEIGHTED, wipe: 50 },
  "one real cell": { scene: "one real cell", left: FCN, right: UNET, wipe: 74 },
  "tissue": { scene: "tissue", left: UNET, right: WEIGHTED, wipe: 50 },
};
const TRAITS = ["scene", "left", "right", "wipe", "errors"];
const SIDES = { left: 4, right: 1 };               // series of the outlines, both bright: images are dark
const three = (value) => value.toFixed(3);

function render({ model, el }) {
  const maps = model.get("maps"), { size, scenes, models } = maps, clips = { left: unique("left"), right: unique("right") };
  const options = (names) => Object.fromEntries(names.map((name) => [name, name]));
  const judged = new Map();                        // scored once for each image and network
  const judge = (scene, name) => {
    const key = `${scene}/${name}`;
    if (!judged.has(key)) judged.set(key, score(maps, scenes.indexOf(scene), models.indexOf(name)));
    return judged.get(key);
  };
  const wipe = (percent) => change(model, { wipe: clamp(Math.round(percent), 0, 100) });
  const view = figure({
    model, el, title: "Five networks, one image", presets: PRESETS, traits: TRAITS, draw,
    controls: [choice(model, "scene", "image", options(scenes)), choice(model, "left", "left", options(models)),
               choice(model, "right", "right", options(models)),
               slider(model, "wipe", "line", { max: 100, show: (value) => `${value} %`, set: wipe }),
               checkbox(model, "errors", "mark errors")],
  });
  drag(view.drawing, { grab: (x) => { wipe(100 * x); return "line"; }, move: (_, x) => wipe(100 * x), sideways: true });
  arrowKeys(view.drawing, { label: "The image: arrow keys move the line, l and r put the next network left and right, e marks errors",
    step: (dx) => dx && wipe(model.get("wipe") + 2 * dx), other });
  view.drawing.addEventListener("click", (event) => {
    const name = event.target.closest?.("[data-model]")?.dataset.model;
    if (name) change(model, { right: name });
  });

  function other(key) {
    const side = { l: "left", r: "right" }[key];
    if (side) change(model, { [side]: models[(models.indexOf(model.get(side)) + 1) % models.length] });
    if (key === "e") change(model, { errors: !model.get("errors") });
    return Boolean(side) || key === "e";
  }

  function draw(width) {
    const scene = model.get("scene"), at = scenes.indexOf(scene), names = { left: model.get("left"), right: model.get("right") };
    const sides = { left: judge(scene, names.left), right: judge(scene, names.right) }, { ids } = sides.left;
    const inARow = width >= 620, small = inARow ? 106 : Math.floor(Math.min((width - 20) / 3, 130)), errors = model.get("errors");
    const big = Math.min(inARow ? width - 2 * small - 40 : width - 2, 440);
    const line = (model.get("wipe") / 100) * size;
    const half = (side) => svg("g", { "clip-path": `url(#${clips[side]})` }, layers(sides[side], SIDES[side], errors));
    const clip = (side, from, to) => svg("clipPath", { id: clips[side] }, svg("rect", { x: from, y: 0, width: Math.max(to - from, 0), height: size }));
    const picture = svg("svg", { class: "answers", width: big, height: big, viewBox: `0 0 ${size} ${size}`, "data-surface": "image", "data-grab": "",
      role: "img", "aria-label": `${scene}: ${names.left} left of the line, ${names.right} right of it` },
      clip("left", 0, line), clip("right", line, size), photograph(maps, at), half("left"), half("right"),
      svg("path", { class: "wipe", d: `M${line} 0V${size}` }), svg("circle", { class: "knob", cx: line, cy: size / 2, r: 2.6 }));
    const thumbs = [thumbnail(maps, at, null, null, small), ...models.map((name) => thumbnail(maps, at, name, judge(scene, name), small, names))];
    const main = html("div", {}, html("p", { class: "caption sides", style: `width: ${big}px` }, sideName("left", names.left), sideName("right", names.right)), picture, legend(errors, big));
    return {
      nodes: [html("div", { class: "panels compared" }, main, html("div", { class: "thumbs", style: `width: ${inARow ? 2 * small + 10 : width}px` }, thumbs))],
      formula: Object.keys(SIDES).map((side) => sums(names[side], sides[side])),
      sentence: inWords(scene, idsOf(ids).length, names, sides),
    };
  }
  return view.stop;
}

function score(maps, scene, bit) {
  const ids = unrun(maps.ids[scene], maps.size), preds = answerOf(unrun(maps.answers[scene], maps.size), bit);
  const fate = fates(preds, ids), regions = semanticRegions(preds), labels = ids.map((row) => row.map((id) => (id ? 1 : 0)));
  return { ids, preds, fate, labels, counts: countFates(fate), boundary: boundaryScore(preds, labels), merged: mergedGroups(regions, ids),
           split: splitCells(regions, ids), ap: averagePrecision(regions, ids) };
}

const photograph = ({ sheet, size, scenes }, at) =>
  svg("svg", { x: 0, y: 0, width: size, height: size, viewBox: `${at * size} 0 ${size} ${size}`, style: "overflow: hidden" },
    svg("image", { href: sheet, width: size * scenes.length, height: size, style: "image-rendering: pixelated" }));

// An answer over the image: its outline, and, where errors are marked, strokes on wrong pixels and lines between merged cells.
function layers({ ids, preds, fate, merged, split }, series, errors) {
  const nodes = [svg("path", { class: "said", style: `--series: var(--segbook-${series})`, d: outlinePath(preds, 1) })];
  if (!errors) return nodes;
  const strokes = (kind, d) => fate.map((row, y) => row.map((value, x) => (value === kind ? d(x, y) : "")).join("")).join("");
  nodes.push(svg("path", { class: "missed", d: strokes(2, (x, y) => `M${x + 0.15} ${y + 0.5}h.7`) }),
    svg("path", { class: "invented", d: strokes(3, (x, y) => `M${x + 0.2} ${y + 0.2}l.6 .6m-.6 0l.6 -.6`) }));
  const middle = (id) => anchor(ids, id).map((value) => value + 0.5);
  for (const group of merged) {
    const points = group.map(middle), at = (i) => points[i].join(" ");
    nodes.push(svg("path", { class: "merged", d: shortestTree(points).map(([i, j]) => `M${at(i)}L${at(j)}`).join("") }));
  }
  for (const id of idsOf(ids)) {
    const [x, y] = middle(id), wrong = merged.flat().includes(id) || split.includes(id);
    nodes.push(svg("text", { class: wrong ? "cell wrong" : "cell", x, y, "text-anchor": "middle", "dominant-baseline": "central", "font-size": 5 }, split.includes(id) ? `${id}÷` : id));
  }
  return nodes;
}

const sideName = (side, name) => html("span", {}, html("i", { class: "line", style: `--series: var(--segbook-${SIDES[side]})` }), side === "left" ? `◂ ${name}` : `${name} ▸`);

function legend(errors, width) {
  const key = (mark, text) => html("span", {}, html("b", {}, mark), ` ${text}`);
  return html("p", { class: "under keys", style: `max-width: ${width}px` }, ...(errors
    ? [key("–", "missed"), key("×", "false alarm"), key("1―2", "merged cells"), key("÷", "split cell")] : ["Outlines: what each network says."]));
}

// The truth, or an answer, as white on black; the two that are compared carry their side's colour.
function thumbnail(maps, at, name, result, side, names = {}) {
  const { size } = maps, shown = Object.keys(SIDES).filter((which) => names[which] === name);
  const labels = name ? result.preds : unrun(maps.ids[at], size);
  const map = svg("svg", { width: side, height: side, viewBox: `0 0 ${size} ${size}`, class: "pixels", "aria-hidden": "true" },
    svg("rect", { class: "dark", width: size, height: size }), svg("path", { class: "light", d: pixelPath(labels, Boolean) }),
    name ? null : svg("path", { class: "border", d: pixelPath(rims(labels), Boolean) }));
  const numbers = name ? [`IoU ${three(result.counts.iou)}`, html("br"), `F ${three(result.boundary.f)}`, html("br"),
    `AP ${result.ap.toFixed(2)}, split ${result.split.length}`, html("br"), `merged ${result.merged.flat().length}`] : [at < 2 ? "the true cells" : "what we compare with"];
  const marks = shown.map((which) => html("i", { class: "line", style: `--series: var(--segbook-${SIDES[which]})` }));
  return html("div", { class: name ? "thumb" : "thumb truth", style: `width: ${side}px`, "data-model": name, title: name ? `Show ${name} right of the line` : null },
    map, html("p", { class: "under" }, html("b", {}, ...marks, name ?? "truth"), html("br"), ...numbers));
}

// Cell pixels next to another cell.
const rims = (ids) => ids.map((row, y) => row.map((id, x) => (id && [ids[y + 1]?.[x], row[x + 1]].some((next) => next && next !== id) ? 1 : 0)));

function sums(name, { counts, boundary }) {
  const { found, missed, falseAlarms, iou } = counts;
  return html("div", {}, `${name}: IoU = found / (found + missed + false alarms) = ${found} / (${found} + ${missed} + ${falseAlarms}) = `, html("b", {}, three(iou)),
    `; boundary F of precision ${three(boundary.precision)} and recall ${three(boundary.recall)} = `, html("b", {}, three(boundary.f)));
}

function inWords(scene, cells, names, sides) {
  const groups = (lists) => lists.map((list) => list.join("+")).join(", ");
  const said = (side) => {
    const { counts, boundary, merged, split } = sides[side];
    return `${names[side]}: IoU ${three(counts.iou)}, boundary F ${three(boundary.f)}, ${merged.flat().length} of ${cells} merged${merged.length ? ` (${groups(merged)})` : ""}, `
      + `${split.length} split${split.length ? ` (${split.join(", ")})` : ""}`;
  };
  const guess = scene === "tissue" ? " The outlines are a rough guess, so the scores are too." : scene === "one real cell" ? " The outline is a threshold's." : "";
  return `${scene[0].toUpperCase()}${scene.slice(1)}, ${cells} ${cells === 1 ? "cell" : "cells"}. Left, ${said("left")}. Right, ${said("right")}.${guess}`;
}

export default { render };
