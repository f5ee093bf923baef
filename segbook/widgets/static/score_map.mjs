// ScoreMap: where the scores of a small stack lie on an image, what each of them sees, what the grid cannot hold.
import { stackOf, windowOf } from "./stacks.mjs";
import { centreOf, coarseLabels, scoreLayers, survivors, unpack } from "./scores.mjs";
import { arrowKeys, change, checkbox, clamp, figure, formulaLine, html, slider, svg, unique } from "./page.mjs";

const PRESETS = {
  "patch classifier": { layers: [[5, 2, 1], [5, 2, 1], [5, 1, 1]], mirror: false, row: 8, column: 8 },
  "mirrored": { layers: [[5, 2, 1], [5, 2, 1], [5, 1, 1]], mirror: true, row: 11, column: 11 },
  "one strided layer": { layers: [[3, 2, 1], [1, 1, 1], [1, 1, 1]], mirror: true, row: 23, column: 23 },
  "stride 16": { layers: [[5, 4, 1], [3, 4, 1], [1, 1, 1]], mirror: true, row: 3, column: 3 },
  "dilated": { layers: [[5, 1, 1], [5, 1, 2], [5, 1, 4]], mirror: true, row: 46, column: 46 },
};
const TRAITS = ["layers", "mirror", "row", "column"];

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const truth = unpack(get("truth")), gaps = unpack(get("gaps")), imageSize = truth.length;
  const stackNow = () => stackOf(scoreLayers(get("layers"), get("mirror")), imageSize);
  const last = () => (stackNow().fits ? stackNow().outputSize - 1 : 0);
  const focus = (trait) => clamp(get(trait), 0, last());
  const setting = (layer, part, text, max) => slider(model, `${["kernel", "stride", "dilation"][part]}_${layer + 1}`, text, {
    min: 1, max, get: () => get("layers")[layer][part],
    set: (value) => change(model, { layers: get("layers").map((old, i) => (i === layer ? old.map((v, j) => (j === part ? value : v)) : old)) }),
  });
  const place = (trait, text) => slider(model, trait, text, { max: last, get: () => focus(trait) });
  const view = figure({
    model, el, title: "The score map", presets: PRESETS, traits: TRAITS, draw,
    controls: [setting(0, 1, "stride of layer 1", 4), setting(1, 1, "stride of layer 2", 4)],
    more: [...[0, 1, 2].flatMap((layer) => [setting(layer, 0, `layer ${layer + 1}: kernel k`, 9),
             ...(layer === 2 ? [setting(layer, 1, "layer 3: stride s", 4)] : []), setting(layer, 2, `layer ${layer + 1}: dilation d`, 8)]),
           place("row", "score: row"), place("column", "score: column"), checkbox(model, "mirror", "mirror the border")],
  });

  // The handlers sit on the drawing, which stays when its contents are drawn anew.
  const point = (event) => {
    const map = event.target.closest?.("svg[data-map]"), stack = stackNow();
    if (!map || !stack.fits) return;
    const { left, top, width } = map.getBoundingClientRect();
    const nearest = (length) => clamp(Math.round(((length * imageSize) / width - 0.5 - centreOf(stack, 0)) / stack.jump), 0, last());
    const row = nearest(event.clientY - top), column = nearest(event.clientX - left);
    if (row !== get("row") || column !== get("column")) change(model, { row, column });
  };
  view.drawing.addEventListener("click", point);
  view.drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); });
  arrowKeys(view.drawing, { label: "The score map; arrow keys choose a score",
    step: (dx, dy) => change(model, { row: clamp(focus("row") + dy, 0, last()), column: clamp(focus("column") + dx, 0, last()) }) });

  function draw(width) {
    const stack = stackNow(), { receptiveField, jump } = stack;
    const beside = width >= 620, side = Math.floor(Math.min(beside ? (width - 26) / 2 : width - 2, 400)), unit = side / imageSize;
    const steps = formulaLine("window r = ", html("b", {}, receptiveField), ", jump (the product of the strides) = ", html("b", {}, jump));
    if (!stack.fits) {
      const text = `The window of ${receptiveField} pixels does not fit the image of ${imageSize}.`;
      return { nodes: [html("p", { class: "warning" }, text)], formula: [steps], sentence: text };
    }
    const size = stack.outputSize, row = focus("row"), column = focus("column");
    const labels = coarseLabels(truth, stack), { kept, lost, unanswered } = survivors(gaps, labels, 0);
    const all = kept + lost + unanswered, border = get("mirror") ? 2 * Math.floor(receptiveField / 2) : 0;
    const [top, bottom] = windowOf(stack, row), [left, right] = windowOf(stack, column);
    const among = (first, end) => `${first < 0 ? `−${-first}` : first} … ${end}`;
    return {
      nodes: [html("div", { class: "panels" },
        gridPanel({ stack, size, row, column, side, unit, image: get("image"), name: `${size} × ${size} scores on ${imageSize} × ${imageSize} pixels` }),
        answerPanel({ labels, truth, side, unit, image: get("image") }))],
      formula: [steps,
        formulaLine(border ? `scores per side = ⌊(H + 2·⌊r/2⌋ − r) / jump⌋ + 1 = ⌊(${imageSize} + ${border} − ${receptiveField}) / ${jump}⌋ + 1 = `
          : `scores per side = ⌊(H − r) / jump⌋ + 1 = ⌊(${imageSize} − ${receptiveField}) / ${jump}⌋ + 1 = `, html("b", {}, size)),
        formulaLine(`of ${all} gap pixels: `, html("b", {}, kept), ` stay background, ${lost} turn into cell, ${unanswered} get no answer`)],
      sentence: `Score (${row}, ${column}) reads rows ${among(top, bottom)} and columns ${among(left, right)} and answers for pixel `
        + `(${centreOf(stack, row)}, ${centreOf(stack, column)}). Neighbouring scores look ${jump} ${jump === 1 ? "pixel" : "pixels"} further on.`,
    };
  }
  return view.stop;
}

const photo = (image, side) => svg("image", { href: image, width: side, height: side, style: "image-rendering: pixelated", preserveAspectRatio: "none" });
const panel = (caption, rest, side, nodes, spoken) => html("div", { style: `width: ${side}px` },
  html("p", { class: "caption" }, caption, html("br"), html("small", {}, rest)),
  svg("svg", { "data-map": "", width: side, height: side, viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": spoken,
    style: "overflow: hidden; cursor: crosshair" }, nodes));

function gridPanel({ stack, size, row, column, side, unit, image, name }) {
  const at = (n) => (centreOf(stack, n) + 0.5) * unit, radius = clamp(stack.jump * unit * 0.16, 0.5, 3);
  const dots = Array.from({ length: size }, (_, r) => Array.from({ length: size }, (_, c) =>
    `M ${(at(c) - radius).toFixed(1)} ${at(r).toFixed(1)} h ${(2 * radius).toFixed(1)}`).join(" ")).join(" ");
  const edge = (n) => windowOf(stack, n)[0] * unit, wide = stack.receptiveField * unit;
  return panel(name, "a dot for each; framed: what the chosen score reads", side, [
    photo(image, side),
    svg("path", { d: dots, style: `fill: none; stroke: var(--segbook-1); stroke-width: ${(2 * radius).toFixed(1)}; stroke-opacity: ${stack.jump > 2 ? 1 : 0.5}` }),
    svg("rect", { class: "band", x: edge(column), y: edge(row), width: wide, height: wide }),
    svg("circle", { class: "dot on", cx: at(column), cy: at(row), r: Math.max(radius + 1.5, 4) }),
  ], `The image under ${name}; one score's window is framed`);
}

// The labels in runs along each row; the true outlines over them.
function answerPanel({ labels, truth, side, unit, image }) {
  const hatch = unique("hatch");
  const paths = { 1: "", [-1]: "" };
  labels.forEach((row, r) => {
    for (let c = 0; c < row.length;) {
      let end = c;
      while (end < row.length && row[end] === row[c]) end += 1;
      if (row[c] !== 0) paths[row[c]] += `M ${(c * unit).toFixed(2)} ${(r * unit).toFixed(2)} h ${((end - c) * unit).toFixed(2)} v ${(unit + 0.05).toFixed(2)} h ${(-(end - c) * unit).toFixed(2)} z`;
      c = end;
    }
  });
  let outline = "";
  truth.forEach((row, r) => row.forEach((value, c) => {
    if (c && value !== row[c - 1]) outline += `M ${(c * unit).toFixed(2)} ${(r * unit).toFixed(2)} v ${unit.toFixed(2)}`;
    if (r && value !== truth[r - 1][c]) outline += `M ${(c * unit).toFixed(2)} ${(r * unit).toFixed(2)} h ${unit.toFixed(2)}`;
  }));
  return panel("What the grid says", "blue: cell; lines: the true outlines; hatched: no answer", side, [
    photo(image, side),
    svg("pattern", { id: hatch, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 7, height: 7, style: "fill: var(--bg); opacity: .6" }), svg("rect", { width: 2, height: 7, style: "fill: var(--quiet)" })),
    svg("path", { d: paths[-1], style: `fill: url(#${hatch})` }),
    svg("path", { d: paths[1], style: "fill: var(--segbook-0); opacity: .72" }),
    svg("path", { d: outline, style: "fill: none; stroke: var(--segbook-1); stroke-width: 1.4" }),
  ], "The labels that an ideal classifier's grid gives to every pixel, over the true outlines");
}

export default { render };
