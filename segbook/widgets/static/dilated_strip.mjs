// DilatedStrip: a strip through pooling, kernel, pooling, kernel, strided, shifted, with taps together, dilated.
import { live } from "./figure.mjs";
import { box, canvas, centred, clamp, formulaLine, html, label, MINUS, many, mark, panel, range, result, series, short,
  svg } from "./page.mjs";
import { arrowKeys, point } from "./pointing.mjs";
import { hatched, slideButton } from "./sliding.mjs";

const FIELD = 10, JUMP = 4, TOGETHER = [1, 1, 1, 1];
const STRIDED = [1, 2, 2, 4, 4];                   // pixels from one place of each row to the next
const STEP_1 = [1, 1, 1, 1, 1];
const APART = { "taps together": TOGETHER, dilated: [1, 2, 2, 4] };
const scoresOf = ({ signal }) => signal.length - FIELD + 1;
const ROWS = ["pixels", "pooling", "kernel", "pooling", "kernel: scores"];

export const limits = { place: (state) => [0, scoresOf(state) - 1 - (state.form === "strided" ? JUMP - 1 : 0)] };
// Strided, there is a score at every fourth pixel only: a step leads to the next that there is.
export function settle(state, before = state) {
  if (state.form !== "strided") return state;
  const round = state.place > before.place ? Math.ceil : Math.floor;
  return { ...state, place: JUMP * round(state.place / JUMP) };
}

const pooled = (x, step, apart) => range(Math.max(Math.floor((x.length - apart - 1) / step) + 1, 0))
  .map((i) => Math.max(x[i * step], x[i * step + apart]));
const weighed = (x, [a, b], apart) => range(Math.max(x.length - apart, 0)).map((i) => a * x[i] + b * x[i + apart]);

// All rows, from the strip to its scores.
function layers(x, kernel, step, apart) {
  const first = pooled(x, step, apart[0]), second = weighed(first, kernel, apart[1]);
  const third = pooled(second, step, apart[2]);
  return [x, first, second, third, weighed(third, kernel, apart[3])];
}

const placed = (rows, steps, shift) =>
  rows.map((row, level) => new Map(row.map((value, n) => [shift + n * steps[level], value])));
const sizes = (rows) => rows.slice(1).reduce((sum, row) => sum + row.length, 0);

// What the figure shows: the values of every row by their places, all scores, the right ones, what the score in focus
// reads in every row, and how many numbers each way computes.
export function strip({ signal, kernel, form, place }) {
  const whole = APART[form], focus = form === "strided" ? place - (place % JUMP) : place, shift = focus % JUMP;
  const one = (from, to = signal.length) => layers(signal.slice(from, to), kernel, 2, TOGETHER);
  const passes = range(JUMP).map((s) => placed(one(s), STRIDED, s));
  const spread = Object.fromEntries(Object.entries(APART).map(([name, apart]) =>
    [name, layers(signal, kernel, 1, apart)]));
  const rows = whole ? placed(spread[form], STEP_1, 0) : passes[shift];
  const scores = form === "shifted"
    ? new Map(passes.flatMap((pass) => [...pass[4]]).sort(([a], [b]) => a - b)) : rows[4];
  const patches = range(signal.length - FIELD + 1).map((n) => one(n, n + FIELD));
  const tree = [[focus]], apart = form === "taps together" ? TOGETHER : APART.dilated;
  for (const distance of [...apart].reverse()) {
    tree.unshift([...new Set(tree[0].flatMap((at) => [at, at + distance]))].sort((a, b) => a - b));
  }
  return { focus, shift, rows, scores, tree, apart, right: patches.map((patch) => patch[4][0]), computed: {
    "patch by patch": patches.reduce((sum, patch) => sum + sizes(patch), 0), strided: sizes(one(0)),
    shifted: range(JUMP).reduce((sum, s) => sum + sizes(one(s)), 0), "taps together": sizes(spread["taps together"]),
    dilated: sizes(spread.dilated) } };
}

function controls(hand) {
  const step = ({ form }) => (form === "strided" ? JUMP : 1);
  return [slideButton(hand, { after: "place", position: (state) => Math.floor(state.place / step(state)),
    count: (state) => scoresOf(state) / step(state), names: ["every score in turn", "next score"],
    place: (n, state) => ({ place: n * step(state) }) })];
}

function start({ drawing, state, set }) {
  point(drawing, "[data-score]", ({ dataset }) => set({ place: Number(dataset.score) }), { hover: false });
  arrowKeys(drawing, { label: "The scores: arrow keys choose one",
    step: (dx) => set({ place: state().place + Math.sign(dx) }) });
}

// Names of rows stand over the lines between the rows.
const OVER = { style: "paint-order: stroke; stroke: var(--bg); stroke-width: 6px; stroke-linejoin: round" };

const SAYS = {
  strided: (n) => `Poolings step by two: ${many(n, "score")} of 8, at every fourth pixel.`,
  shifted: () => "The strided network on the strip shifted by 0, 1, 2 and 3: stitched together, all 8 scores.",
  "taps together": () => "Poolings step by one and nothing else is changed: the kernel meets the wrong neighbours.",
  dilated: () => "Poolings step by one, and the later layers are spread: all 8 scores in one pass.",
};

export function draw(state, width) {
  const found = strip(state), { focus, shift, scores, right, computed } = found, { form } = state;
  const [a, b] = found.tree[3].map((at) => found.rows[3].get(at)), value = scores.get(focus);
  const truth = form === "taps together" ? ` The right score is ${short(right[focus])}.` : "";
  const read = found.tree[0], said = (number) => (number < 0 ? `(${short(number)})` : short(number));
  return {
    nodes: [drawn(state, found, Math.floor(clamp((width - 2) / state.signal.length, 18, 40))),
      bars(computed, form, Math.min(width - 2, 682))],
    formula: [formulaLine(`score at pixel ${focus} = ${said(a)} ${MINUS} ${said(b)} = `, result(short(value)),
      form === "taps together" ? `, but its patch has ${short(right[focus])}` : ""),
    formulaLine("numbers computed: patch by patch 8·12 = ", result(computed["patch by patch"]), `; ${form} `,
      result(computed[form]))],
    sentence: `${SAYS[form](scores.size)} The score at pixel ${focus} is ${short(value)} and reads ${
      many(read.length, "pixel")} from ${read[0]} to ${read.at(-1)}.${truth} Shift ${shift}.`,
  };
}

// Every value under the first pixel that it reads. What the score in focus reads has the colour of its shift.
function drawn(state, { focus, shift, rows, scores, tree, apart, right }, unit) {
  const { signal, form } = state, wrong = form === "taps together", title = 17, gap = 20;
  const size = Math.min(unit, 32), top = (level) => level * (title + size + gap) + title, left = (at) => at * unit;
  const middle = (at) => left(at) + unit / 2, nodes = [];
  range(4).forEach((level) => tree[level + 1].forEach((at) => [at, at + apart[level]].forEach((input) =>
    nodes.push(svg("path", { class: "link series", style: series(shift), d: `M ${middle(input)} ${top(level) + size} `
      + `L ${middle(input)} ${top(level) + size + 3} L ${middle(at)} ${top(level + 1) - 3} V ${top(level + 1)}` })))));
  rows.forEach((row, level) => {
    const last = level === 4;
    if (!last) {
      row.forEach((value, at) => {
        const on = tree[level].includes(at);
        nodes.push(box(left(at), top(level), size, short(value), { width: unit, series: on ? shift : null,
          kind: on ? "on" : level ? "" : "zero", data: { "data-level": level, "data-place": at } }));
      });
      if (!level) signal.forEach((value, at) => { if (!row.has(at)) nodes.push(box(left(at), top(0), size,
        short(value), { width: unit, kind: "zero dim" })); });
    }
    nodes.push(label(0, top(level) - title / 2 - 1, named(form, level, shift), OVER));
  });
  const places = wrong ? [...scores.keys()] : range(right.length);
  places.forEach((at) => {
    const held = scores.has(at), cell = box(left(at), top(4), size, held ? short(scores.get(at)) : "?", { width: unit,
      series: held && !wrong ? at % JUMP : null, strong: held, kind: held ? (at === focus ? "on" : "") : "zero",
      data: held ? { "data-score": at, "data-output": "" } : {} });
    nodes.push(wrong ? hatched(cell, left(at) + 1, top(4) + 1, size - 2) : cell);
  });
  const below = top(4) + size;
  right.forEach((value, at) => nodes.push(wrong
    ? box(left(at), below + title + 2, size, short(value), { width: unit, series: at % JUMP })
    : mark(middle(at), below + 8, at % JUMP)));
  nodes.push(wrong ? label(0, below + title / 2, "right scores, patch by patch")
    : label(left(right.length) + 4, below + 8, "shift"));
  return canvas(signal.length * unit + 2, below + (wrong ? title + size + 4 : title + 2),
    `A strip and its scores, ${form}`, nodes);
}

function named(form, level, shift) {
  const apart = APART[form];
  if (!level) return form === "shifted" ? `pixels, from shift ${shift} on` : "pixels";
  if (!apart) return `${ROWS[level]}${level % 2 ? ", steps by 2" : ""}`;
  return `${ROWS[level]}, ${apart[level - 1]} apart`;
}

// How many numbers stand under the strip in each form, and patch by patch.
function bars(computed, form, width) {
  const names = { "patch by patch": "patch by patch", shifted: "4 shifts", dilated: "dilated",
    strided: "strided" };
  const row = 20, from = 128, most = computed["patch by patch"];
  const nodes = Object.entries(names).flatMap(([name, text], i) => {
    const long = ((width - from - 40) * computed[name]) / most, y = i * row, on = name === form;
    return [label(0, y + row / 2, text, on ? { class: "index on" } : {}),
      svg("rect", { class: "stripe", style: `--series: var(${on ? "--fg" : "--quiet"})`, x: from, y: y + 3,
        height: row - 6, width: long }),
      centred(from + long + 18, y + row / 2, computed[name], { "font-size": 12.5 })];
  });
  return html("div", { class: "below" }, panel("Numbers computed", "for all 8 scores; strided, for 2",
    canvas(width, row * Object.keys(names).length, "Numbers computed by each way", nodes)));
}

export default live({ title: "Strided, shifted, dilated", limits, settle, draw, controls, start });
