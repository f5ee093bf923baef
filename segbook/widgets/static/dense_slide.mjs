// DenseSlide: a dense layer on patches is a kernel that slides over features, and the patches share these.
import { live } from "./figure.mjs";
import { conv2d } from "./geometry.mjs";
import { box, canvas, clamp, formulaLine, many, panel, panels, range, result, short, svg } from "./page.mjs";
import { arrowKeys, point } from "./pointing.mjs";
import { inside, slideButton } from "./sliding.mjs";

const TAPS = 4;                                    // of the 2 × 2 convolution
const across = ({ image_size, patch_size }) => image_size - patch_size + 1;
const last = (state) => [0, Math.max(across(state) - 1, 0)];
export const limits = { image_size: ({ patch_size }) => [patch_size, 8], row: last, column: last };

// All that the figure shows: features, the dense layer's weights folded into a kernel, scores, and what they cost.
export function slid({ image, kernel, dense, patch_size: patchSize, image_size: imageSize }) {
  const seen = patchSize - 1, pixels = image.slice(0, imageSize).map((line) => line.slice(0, imageSize));
  const folded = range(seen).map((r) => dense.slice(r * seen, (r + 1) * seen)), features = conv2d(pixels, kernel);
  const scores = conv2d(features, folded), patches = scores.length ** 2;
  return { pixels, features, folded, scores, apart: patches * (seen * seen * TAPS + seen * seen),
    together: features.length ** 2 * TAPS + patches * seen * seen };
}

function controls(hand) {
  return [slideButton(hand, { after: "column", position: (state) => state.row * across(state) + state.column,
    count: (state) => across(state) ** 2, names: ["slide the patch", "next patch"],
    place: (n, state) => ({ row: Math.floor(n / across(state)), column: n % across(state) }) })];
}

function start({ drawing, state, set }) {
  point(drawing, "[data-cell]", ({ dataset }) => {
    const [row, column] = dataset.cell.split(",").map(Number), now = state();
    const back = { pixel: now.patch_size / 2 - 0.5, feature: now.patch_size / 2 - 1, score: 0 }[dataset.of];
    set({ row: Math.round(row - back), column: Math.round(column - back) });
  });
  arrowKeys(drawing, { label: "The patch: arrow keys move it",
    step: (dx, dy) => set({ row: state().row + Math.sign(dy), column: state().column + Math.sign(dx) }) });
}

export function draw(state, width) {
  const { patch_size: patchSize, image_size: imageSize } = state, seen = patchSize - 1;
  const { pixels, features, folded, scores, apart, together } = slid(state), places = scores.length;
  const at = [inside(state.row, places), inside(state.column, places)], score = scores[at[0]][at[1]];
  // On a phone the scores stand beside the features, and each kernel beside a grid.
  const wide = width >= 560, beside = features.length + places;
  const room = wide ? (width - 60) / (imageSize + beside) : (width - 24) / beside;
  const unit = Math.floor(clamp(room, 17, 34)), next = at[1] + 1 < places ? 1 : -1, shared = seen * (seen - 1);
  const terms = folded.flatMap((line, r) =>
    line.map((weight, c) => `${weight}·${signed(features[at[0] + r][at[1] + c])}`));
  const frame = (row, column, side) => svg("rect", { class: "band hollow", rx: 5, x: column * unit + 1,
    y: row * unit + 1, width: side * unit, height: side * unit });
  // Rows of the window have the colours of the rows of the kernel, which are parts of the dense layer's row.
  const rowOf = (r, c) => (r >= at[0] && r < at[0] + seen && c >= at[1] && c < at[1] + seen ? r - at[0] : null);
  const other = places > 1 ? svg("rect", { class: "outline", rx: 5, "stroke-dasharray": "4 3", width: seen * unit - 6,
    x: (at[1] + next) * unit + 4, y: at[0] * unit + 4, height: seen * unit - 6 }) : null;
  const [convolution, dense, square] = weights(state.kernel, folded,
    Math.min(unit, Math.floor((width - 4) / (seen * seen))), unit, wide);
  const image = grid("Image", `${imageSize} × ${imageSize}, patch ${patchSize} × ${patchSize}`, pixels, unit, "pixel",
    [frame(...at, patchSize)], { wide });
  const middle = grid("Features", places > 1 ? "dashed: what its neighbour sees" : "what the patch has", features, unit,
    "feature", [frame(...at, seen), other], { wide, rowOf });
  const right = grid("Scores", `${places} × ${places}`, scores, unit, "score", [frame(...at, 1)], { wide });
  return {
    nodes: [wide ? panels(image, middle, right, convolution, dense, square)
      : panels(image, convolution, middle, right, dense, square)],
    formula: [
      formulaLine(`score[${at.join(", ")}] = ${terms.join(" + ")} = `, result(short(score))),
      formulaLine(`multiplications: patch by patch ${places ** 2}·(${seen * seen}·${TAPS} + ${seen * seen}) = `,
        result(apart), `; in one pass ${features.length ** 2}·${TAPS} + ${places ** 2}·${seen * seen} = `,
        result(together)),
    ],
    sentence: `Patch ${patchSize} × ${patchSize} at row ${at[0]}, column ${at[1]}: its ${seen * seen} features times `
      + `the ${seen * seen} weights of the dense layer give the score ${short(score)}. ${places > 1
        ? `${shared} of the features belong to its neighbour, too. ` : "It is the only patch. "}`
      + `${many(places ** 2, "score")}: ${apart} multiplications patch by patch, ${together} in one pass.`,
  };
}

const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));

function grid(name, rest, values, unit, of, frames, { wide, rowOf = () => null }) {
  const side = values.length * unit + 2;
  return panel(name, rest, canvas(side, side, `${name}, ${values.length} × ${values.length}`, [
    ...values.flatMap((line, r) => line.map((value, c) => box(c * unit + 1, r * unit + 1, unit, short(value), {
      series: rowOf(r, c), kind: of === "score" ? "sum" : "", strong: of === "score",
      data: { "data-cell": `${r},${c}`, "data-of": of },
    }))),
    ...frames.filter((one) => one !== null)]), { below: true, width: wide ? null : side });
}

// The kernel of the convolution; one row of the dense layer's matrix, as it is stored and folded into its kernel.
function weights(kernel, folded, small, unit, wide) {
  const length = folded.length, taps = kernel.flatMap((line, r) => line.map((weight, c) =>
    box(c * unit + 1, r * unit + 1, unit, short(weight))));
  const flat = folded.flat().map((weight, i) =>
    box(i * small + 1, 1, small, short(weight), { series: Math.floor(i / length) }));
  const square = folded.flatMap((line, r) => line.map((weight, c) =>
    box(c * unit + 1, r * unit + 1, unit, short(weight), { series: r })));
  return [
    panel("Convolution", "image → features", canvas(kernel.length * unit + 2, kernel.length * unit + 2,
      "The kernel of the convolution", taps), { width: wide ? null : 90 }),
    panel("Dense layer", `one row of ${length * length} weights`, canvas(length * length * small + 2, small + 2,
      "The weights of the dense layer in a row", flat)),
    panel("The same row, folded", "the kernel that slides", canvas(length * unit + 2, length * unit + 2,
      "The weights of the dense layer as a kernel", square)),
  ];
}

export default live({ title: "A dense layer slides", limits, draw, controls, start });
