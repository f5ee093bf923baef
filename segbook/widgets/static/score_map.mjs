// ScoreMap: where the scores of a small stack lie on an image, what each of them sees, what the grid cannot hold.
import { live } from "./figure.mjs";
import { canvas, clamp, fixed, formulaLine, many, panel, panels, range, result, svg, unique,
  warning } from "./page.mjs";
import { arrowKeys, point } from "./pointing.mjs";
import { outlinePath, pixelPath } from "./scene.mjs";
import { centreOf, coarseLabels, scoreLayers, survivors, unpack } from "./scores.mjs";
import { stackOf, windowOf } from "./stacks.mjs";

const SIZE = 96;                                   // of the image
const GAP = 28;                                    // between the two maps
const stackNow = ({ layers, mirror }) => stackOf(scoreLayers(layers, mirror), SIZE);
const last = (state) => {
  const stack = stackNow(state);
  return stack.fits ? stack.outputSize - 1 : 0;
};
export const limits = { row: (state) => [0, last(state)], column: (state) => [0, last(state)] };

function controls() {
  const names = ["kernel", "stride", "dilation"], most = [9, 4, 8];
  const part = (layer, at, label, more) => ({ of: "layers", label, more,
    name: `${names[at]}_${layer + 1}`, min: 1, max: most[at],
    get: ({ layers }) => layers[layer][at],
    put: (value, { layers }) => ({ layers: layers.map((old, i) =>
      (i === layer ? old.map((v, j) => (j === at ? value : v)) : old)) }) });
  const visible = [0, 1].map((layer) => part(layer, 1, `stride of layer ${layer + 1}`, false));
  const hidden = [0, 1, 2].flatMap((layer) => [part(layer, 0, `layer ${layer + 1}: kernel k`, true),
    ...(layer === 2 ? [part(layer, 1, "layer 3: stride s", true)] : []),
    part(layer, 2, `layer ${layer + 1}: dilation d`, true)]);
  return [...visible, ...hidden];
}

function start({ drawing, state, set }) {
  point(drawing, "svg[data-map]", (_, x, y) => {
    const stack = stackNow(state());
    if (!stack.fits) return;
    const [row, column] = [y, x].map((share) => Math.round((share * SIZE - 0.5 - centreOf(stack, 0)) / stack.jump));
    set({ row, column });
  });
  const step = (dx, dy) => {
    const now = state(), [row, column] = [now.row, now.column].map((place) => clamp(place, 0, last(now)));
    set({ row: row + dy, column: column + dx });
  };
  arrowKeys(drawing, { label: "The score map; arrow keys choose a score", step });
}

export function draw(state, width) {
  const stack = stackNow(state), { receptiveField, jump } = stack, { image, mirror } = state;
  const steps = formulaLine("field = ", result(receptiveField), ", jump (the product of the strides) = ",
    result(jump));
  if (!stack.fits) return warning(`The window of ${receptiveField} pixels does not fit the image of ${SIZE}.`, [steps]);
  const truth = unpack(state.truth), gaps = unpack(state.gaps), size = stack.outputSize;
  const side = Math.floor(Math.min((width - GAP) / 2, 400)), unit = side / SIZE;
  const [row, column] = [state.row, state.column].map((place) => clamp(place, 0, size - 1));
  const labels = coarseLabels(truth, stack), { kept, lost, unanswered } = survivors(gaps, labels, 0);
  const border = mirror ? 2 * Math.floor(receptiveField / 2) : 0;
  const [rows, columns] = [row, column].map((n) => windowOf(stack, n).map((place) => fixed(place, 0)).join(" … "));
  const sum = border
    ? `⌊(H + 2·⌊field/2⌋ − field) / jump⌋ + 1 = ⌊(${SIZE} + ${border} − ${receptiveField}) / ${jump}⌋`
    : `⌊(H − field) / jump⌋ + 1 = ⌊(${SIZE} − ${receptiveField}) / ${jump}⌋`;
  return {
    nodes: [panels(gridPanel({ stack, size, row, column, side, unit, image }),
      answerPanel({ labels, truth, gaps, side, image }))],
    formula: [steps, formulaLine(`scores per side = ${sum} + 1 = `, result(size)),
      formulaLine(`of ${kept + lost + unanswered} gap pixels: `, result(kept),
        ` stay background, ${lost} turn into cell, ${unanswered} get no answer`)],
    sentence: `Score (${row}, ${column}) reads rows ${rows} and columns ${columns} and answers for pixel `
      + `(${centreOf(stack, row)}, ${centreOf(stack, column)}). `
      + `The windows of neighbouring scores start ${many(jump, "pixel")} apart.`,
  };
}

const photo = (image, side) =>
  svg("image", { class: "photo", href: image, width: side, height: side, preserveAspectRatio: "none" });
const mapPanel = (name, rest, side, spoken, nodes) => panel(name, rest, canvas(side, side, spoken, nodes,
  { class: "clipped", "data-map": "" }), { width: side, below: true });

function gridPanel({ stack, size, row, column, side, unit, image }) {
  const at = (n) => (centreOf(stack, n) + 0.5) * unit, radius = clamp(stack.jump * unit * 0.16, 0.5, 3);
  const dot = (r, c) => `M ${(at(c) - radius).toFixed(1)} ${at(r).toFixed(1)} h ${(2 * radius).toFixed(1)}`;
  const dots = range(size).map((r) => range(size).map((c) => dot(r, c)).join(" ")).join(" ");
  const edge = (n) => windowOf(stack, n)[0] * unit, wide = stack.receptiveField * unit;
  const name = `${size} × ${size} scores`;
  return mapPanel(name, "framed: what the chosen one reads", side,
    `The image of ${SIZE} × ${SIZE} pixels under ${name}; one score's window is framed`, [
      photo(image, side),
      svg("path", { class: "dots", d: dots, "stroke-width": (2 * radius).toFixed(1),
        "stroke-opacity": stack.jump > 2 ? 1 : 0.5 }),
      svg("rect", { class: "band", x: edge(column), y: edge(row), width: wide, height: wide }),
      svg("circle", { class: "dot on", cx: at(column), cy: at(row), r: Math.max(radius + 1.5, 4) }),
    ]);
}

// The grid's labels over the image, white where they fill a gap, and the true outlines over them.
function answerPanel({ labels, truth, gaps, side, image }) {
  const filled = labels.map((row, r) => row.map((label, c) => label > 0 && gaps[r][c] > 0));
  const hatch = unique("hatch"), over = { viewBox: `0 0 ${SIZE} ${SIZE}`, width: side, height: side };
  return mapPanel("What the grid says", "blue: cell; white: cell in a gap; orange: truth; hatched: none", side,
    "The labels that an ideal classifier's grid gives to every pixel, over the true outlines", [
      photo(image, side),
      svg("pattern", { id: hatch, width: 1.6, height: 1.6, patternUnits: "userSpaceOnUse",
        patternTransform: "rotate(45)" },
      svg("rect", { class: "hatch-ground", width: 1.6, height: 1.6 }),
      svg("rect", { class: "hatch-line", width: 0.5, height: 1.6 })),
      svg("svg", over, svg("path", { d: pixelPath(labels, (label) => label < 0), style: `fill: url(#${hatch})` }),
        svg("path", { class: "said-cell", d: pixelPath(labels, (label) => label > 0) }),
        svg("path", { class: "filled-gap", d: pixelPath(filled, (yes) => yes) }),
        svg("path", { class: "true-outline", d: outlinePath(truth, 1) })),
    ]);
}

export default live({ title: "The score map", limits, draw, controls, start });
