// ReceptiveField: a stack of layers, and the samples of the input that one of its outputs reads.
import { live } from "./figure.mjs";
import { canvas, centred, clamp, formulaLine, html, label, MINUS, mark, range, result, series, svg } from "./page.mjs";
import { point } from "./pointing.mjs";
import { readBy, stackOf, stackRows } from "./stacks.mjs";

const MOST_LAYERS = 6, OUTPUTS = 3, TOP = 30, HEIGHT = 22, STEP = 46, GUTTER = 84;
const LIMITS = { kernel_size: 5, stride: 3, dilation: 4 };
// In alphabetical order, as Python and a notebook have them: settings compare as text.
const layer = (kind, kernel_size, stride = 1, dilation = 1) => ({ dilation, kernel_size, kind, stride });
const plain = ({ layers }) => layers.map(({ kernel_size, stride, dilation }) =>
  ({ kernelSize: kernel_size, stride, dilation }));

function start({ drawing, set }) {
  point(drawing, "[data-output]", ({ dataset }) => set({ n: Number(dataset.output) }));
}

export function draw(state, width) {
  const stack = plain(state), n = clamp(state.n, 0, OUTPUTS - 1), rows = stackRows(stack), count = stack.length;
  const { receptiveField: r, jump } = rows.at(-1), before = rows.at(-2), last = stack.at(-1);
  const reads = readBy(stack, n).length,
    some = reads < r ? ` Of the ${r} samples in its window it reads ${reads}.` : "";
  const term = (name, value) => [html("var", {}, name), html("sub", {}, value)];
  return {
    nodes: [stackPanel({ layers: state.layers, stack, rows, n, r, reads }, width)],
    formula: [
      formulaLine(...term("r", count), " = ", ...term("r", count - 1), ` + d·(k ${MINUS} 1)·`, ...term("J", count - 1),
        ` = ${before.receptiveField} + ${last.dilation}·(${last.kernelSize} ${MINUS} 1)·${before.jump} = `, result(r)),
      formulaLine(...term("J", count), " = s·", ...term("J", count - 1), ` = ${last.stride}·${before.jump} = `,
        result(jump)),
    ],
    sentence: `${count} layer${count > 1 ? "s" : ""}: output ${n} sees ${r} input samples, ${n * jump} to `
      + `${n * jump + r - 1}; the next output's window starts ${jump} further on.${some}`,
  };
}

const layerName = ({ kind, kernel_size: k, stride, dilation }) =>
  `${kind} ${k}${stride > 1 ? ` /${stride}` : ""}${dilation > 1 ? ` ×${dilation}` : ""}`;

// One row of cells for each layer, the input on top. A cell stands over the middle of what it sees and is as wide as
// the step to the next one. The cone is what the output in focus sees, down from the input.
function stackPanel({ layers, stack, rows, n, r, reads }, width) {
  const span = r + (OUTPUTS - 1) * rows.at(-1).jump, unit = Math.min((width - GUTTER - 4) / span, 34);
  const cones = [], cells = [], y = (index) => TOP + index * STEP, wide = (index) => rows[index].jump * unit;
  const centre = (index, m) => GUTTER + (m * rows[index].jump + rows[index].receptiveField / 2) * unit;
  const seen = rows.map((_, index) => readBy(stack.slice(index), n));
  const ends = (index, first, final) =>
    [centre(index, first) - wide(index) / 2, centre(index, final) + wide(index) / 2];
  const edges = (index) => ends(index, seen[index][0], seen[index].at(-1));
  range(stack.length).forEach((index) => {
    const [a, b] = edges(index), [c, d] = edges(index + 1), low = y(index) + HEIGHT;
    cones.push(svg("path", { class: "cone",
      d: `M ${a} ${low} L ${b} ${low} L ${d} ${y(index + 1)} L ${c} ${y(index + 1)} Z` }));
  });
  rows.forEach((_, index) => {
    const above = stackOf(stack.slice(index)), count = above.receptiveField + (OUTPUTS - 1) * above.jump;
    const on = new Set(seen[index]), last = index === stack.length, side = wide(index), top = y(index);
    cells.push(label(0, top + HEIGHT / 2, index ? layerName(layers[index - 1]) : "input"));
    if (side < 2.5) {                              // too fine for cells: a bar, and what is seen of it
      cells.push(bar(ends(index, 0, count - 1), top, false), bar(edges(index), top, true));
      return;
    }
    for (const m of range(count)) {
      const x = centre(index, m) - side / 2, gap = side > 8 ? 1 : 0.3, sees = on.has(m);
      cells.push(svg("g", { class: `box ${sees ? "series on" : ""}`, style: sees ? series(0) : null, "data-row": index,
        ...(last ? { "data-output": m } : {}) },
      svg("rect", { x: x + gap, y: top, width: side - 2 * gap, height: HEIGHT, rx: Math.min(4, side / 6),
        style: sees && side < 14 ? "stroke-width: 1.2" : null }),
      last ? centred(x + side / 2, top + HEIGHT / 2, m, { "font-size": 12 }) : null));
    }
  });
  const [a, b] = edges(0), middle = clamp((a + b) / 2, GUTTER + 30, GUTTER + span * unit - 30);
  cones.push(svg("path", { class: "bracket", d: `M ${a} ${TOP - 4} V ${TOP - 9} H ${b} V ${TOP - 4}` }),
    mark(middle, 9, reads < r ? `r = ${r}, ${reads} of them read` : `r = ${r}`, { class: "index on" }));
  return canvas(GUTTER + span * unit + 2, y(stack.length) + HEIGHT + 4, "A stack of layers and what one output sees",
    [cones, cells]);
}

const bar = ([from, to], y, on) => svg("g", { class: `box ${on ? "series on" : ""}`, style: on ? series(0) : null },
  svg("rect", { x: from, y, width: to - from, height: HEIGHT, rx: 2 }));

// The stack as a table to edit. The buttons that add layers stand over it: a table that grows does not move them.
function controls({ state, set }) {
  const head = html("tr", {}, ["ℓ", "kind", "k", "s", "d", "r", "J", ""].map((text) =>
    html(text ? "th" : "td", text ? { scope: "col" } : {}, text.length === 1 ? html("var", {}, text) : text)));
  const body = html("tbody", {}), upTo = (limit) => range(limit).map((i) => i + 1);
  const add = (text, ...values) => html("button", { type: "button", class: "add",
    click: () => set({ layers: [...state().layers, layer(...values)] }) }, text);
  const adders = [add("+ conv 3", "conv", 3), add("+ stride 2", "conv", 3, 2), add("+ dilation 2", "conv", 3, 1, 2),
    add("+ pool 2", "pool", 2, 2)];
  const edit = (index, name, value) => set({
    layers: state().layers.map((old, i) => (i === index ? { ...old, [name]: value } : old)) });
  const remove = (index) => {
    set({ layers: state().layers.filter((_, i) => i !== index) });
    adders[0].focus();
  };
  const select = (index, name, options) => html("select", { "data-trait": name, "data-index": index,
    "aria-label": `layer ${index + 1}: ${name.replace("_", " ")}`,
    change: ({ target: { value } }) => edit(index, name, name === "kind" ? value : Number(value)) },
  options.map((value) => html("option", { value }, value)));
  const line = (index) => html("tr", {}, [
    index + 1, select(index, "kind", ["conv", "pool"]),
    ...Object.entries(LIMITS).map(([name, limit]) => select(index, name, upTo(limit))),
    html("b", { class: "field" }), html("span", { class: "jump" }),
    html("button", { type: "button", class: "remove", "aria-label": `remove layer ${index + 1}`,
      click: () => remove(index) }, "✕"),
  ].map((content) => html("td", {}, content)));
  const pull = (now = state()) => {
    const { layers } = now, rows = stackRows(plain(now));
    if (body.children.length !== layers.length) body.replaceChildren(...layers.map((_, index) => line(index)));
    layers.forEach((values, index) => {
      const row = body.children[index];
      row.querySelectorAll("select").forEach((input) => { input.value = values[input.dataset.trait]; });
      row.querySelector(".field").textContent = rows[index + 1].receptiveField;
      row.querySelector(".jump").textContent = rows[index + 1].jump;
      row.querySelector(".remove").disabled = layers.length === 1;
    });
    adders.forEach((button) => { button.disabled = layers.length >= MOST_LAYERS; });
  };
  return [{ of: "layers", pull, row: html("div", { class: "stack" },
    html("div", { class: "presets", role: "group", "aria-label": "Add a layer" }, adders),
    html("table", {}, html("thead", {}, head), body)) }];
}

export default live({ title: "What does an output see?", draw, controls, start });
