// ReceptiveField: a stack of layers, and the samples of the input that one of its outputs reads.
import { change, clamp, figure, formulaLine, html, label, slider, svg } from "./page.mjs";
import { readBy, stackOf, stackRows } from "./stacks.mjs";

// In alphabetical order, as a notebook stores them: presets are compared as text.
const layer = (kind, kernel_size, stride = 1, dilation = 1) => ({ dilation, kernel_size, kind, stride });
const PRESETS = {
  "three 3s": { layers: [layer("conv", 3), layer("conv", 3), layer("conv", 3)] },
  "strided": { layers: [layer("conv", 3, 2), layer("conv", 3, 2), layer("conv", 3, 2)] },
  "dilated 1-2-4": { layers: [layer("conv", 3), layer("conv", 3, 1, 2), layer("conv", 3, 1, 4)] },
  "dilated 2-2-2": { layers: [layer("conv", 3, 1, 2), layer("conv", 3, 1, 2), layer("conv", 3, 1, 2)] },
  "VGG block": { layers: [layer("conv", 3), layer("conv", 3), layer("conv", 3), layer("pool", 2, 2)] },
  "U-Net encoder": { layers: [layer("conv", 3), layer("conv", 3), layer("pool", 2, 2), layer("conv", 3), layer("conv", 3), layer("pool", 2, 2)] },
};
const TRAITS = ["layers", "focus"];
const MINUS = "−", MOST_LAYERS = 6, OUTPUTS = 3;
const LIMITS = { kernel_size: 5, stride: 3, dilation: 4 };

function render({ model, el }) {
  const layers = () => model.get("layers");
  const plain = () => layers().map(({ kernel_size, stride, dilation }) => ({ kernelSize: kernel_size, stride, dilation }));
  const focus = () => clamp(model.get("focus"), 0, OUTPUTS - 1);
  const put = (next) => change(model, { layers: next });
  const table = stackTable({ layers, plain, put });
  const view = figure({
    model, el, title: "What does an output see?", presets: PRESETS, traits: TRAITS, draw: (width) => { table.pull(); return draw(width); },
    controls: [slider(model, "focus", "output n", { max: OUTPUTS - 1, get: focus })],
  });
  view.drawing.after(table.row);
  const point = (event) => {
    const target = event.target.closest?.("[data-output]");
    if (target && Number(target.dataset.output) !== focus()) change(model, { focus: Number(target.dataset.output) });
  };
  view.drawing.addEventListener("click", point);
  view.drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); });

  function draw(width) {
    const stack = plain(), n = focus(), rows = stackRows(stack), { receptiveField: r, jump } = rows.at(-1);
    const before = rows.at(-2), last = stack.at(-1), reads = readBy(stack, n).length;
    const some = reads < r ? ` Of the ${r} samples in its window it reads ${reads}.` : "";
    const term = (name, value) => [html("var", {}, name), html("sub", {}, value)];
    const count = stack.length;
    return {
      nodes: [stackPanel({ layers: layers(), stack, rows, n, r, reads }, width)],
      formula: [
        formulaLine(...term("r", count), " = ", ...term("r", count - 1), " + d·(k ", `${MINUS} 1)·`, ...term("J", count - 1),
          ` = ${before.receptiveField} + ${last.dilation}·(${last.kernelSize} ${MINUS} 1)·${before.jump} = `, html("b", {}, r)),
        formulaLine(...term("J", count), " = s·", ...term("J", count - 1), ` = ${last.stride}·${before.jump} = `, html("b", {}, jump)),
      ],
      sentence: `${count} layer${count > 1 ? "s" : ""}: output ${n} sees ${r} input samples, ${n * jump} to ${n * jump + r - 1}; the next output's window starts ${jump} further on.${some}`,
    };
  }
  return view.stop;
}

const layerName = ({ kind, kernel_size: k, stride, dilation }) =>
  `${kind} ${k}${stride > 1 ? ` /${stride}` : ""}${dilation > 1 ? ` ×${dilation}` : ""}`;

// One row of cells for each layer, the input on top. A cell stands over the middle of what it sees and is as wide as
// the step to the next one. The cone is what the output in focus sees, down from the input.
function stackPanel({ layers, stack, rows, n, r, reads }, width) {
  const { jump } = rows.at(-1), span = r + (OUTPUTS - 1) * jump, gutter = 84;
  const unit = Math.min((width - gutter - 4) / span, 34), top = 30, height = 22, step = 46, nodes = [], cells = [];
  const y = (index) => top + index * step;
  const centre = (index, m) => gutter + (m * rows[index].jump + rows[index].receptiveField / 2) * unit;
  const wide = (index) => rows[index].jump * unit;
  const seen = rows.map((_, index) => readBy(stack.slice(index), n));
  const edges = (index) => [centre(index, seen[index][0]) - wide(index) / 2, centre(index, seen[index].at(-1)) + wide(index) / 2];
  for (let index = 0; index < stack.length; index++) {
    const [a, b] = edges(index), [c, d] = edges(index + 1);
    nodes.push(svg("path", { class: "cone", style: "fill: color-mix(in srgb, var(--segbook-focus) 14%, transparent)",
      d: `M ${a} ${y(index) + height} L ${b} ${y(index) + height} L ${d} ${y(index + 1)} L ${c} ${y(index + 1)} Z` }));
  }
  rows.forEach((_, index) => {
    const above = stackOf(stack.slice(index)), count = above.receptiveField + (OUTPUTS - 1) * above.jump, on = new Set(seen[index]);
    const last = index === stack.length;
    cells.push(label(0, y(index) + height / 2, index ? layerName(layers[index - 1]) : "input"));
    if (wide(index) < 2.5) { // too fine for cells: a bar, and what is seen of it
      const [a, b] = edges(index), full = [centre(index, 0) - wide(index) / 2, centre(index, count - 1) + wide(index) / 2];
      cells.push(bar(full, y(index), height, ""), bar([a, b], y(index), height, "on"));
      return;
    }
    for (let m = 0; m < count; m++) {
      const x = centre(index, m) - wide(index) / 2, gap = wide(index) > 8 ? 1 : 0.3, seenHere = on.has(m);
      cells.push(svg("g", { class: `box ${seenHere ? "series on" : ""}`, style: seenHere ? "--series: var(--segbook-0)" : null, ...(last ? { "data-output": m } : {}), "data-row": index },
        svg("rect", { x: x + gap, y: y(index), width: wide(index) - 2 * gap, height, rx: Math.min(4, wide(index) / 6), style: seenHere && wide(index) < 14 ? "stroke-width: 1.2" : null }),
        last ? svg("text", { x: x + wide(index) / 2, y: y(index) + height / 2, "font-size": 12, "text-anchor": "middle", "dominant-baseline": "central" }, m) : null));
    }
  });
  const [a, b] = edges(0);
  nodes.push(svg("path", { d: `M ${a} ${top - 4} V ${top - 9} H ${b} V ${top - 4}`, style: "fill: none; stroke: var(--segbook-focus); stroke-width: 1.6" }),
    svg("text", { class: "index on", x: clamp((a + b) / 2, gutter + 30, gutter + span * unit - 30), y: 13, "text-anchor": "middle" }, reads < r ? `r = ${r}, ${reads} of them read` : `r = ${r}`));
  const all = [gutter + span * unit + 2, y(stack.length) + height + 4];
  return svg("svg", { width: all[0], height: all[1], viewBox: `0 0 ${all[0]} ${all[1]}`, role: "img", "aria-label": "A stack of layers and what one output sees" }, nodes, cells);
}

const bar = ([from, to], y, height, kind) => svg("g", { class: `box ${kind ? "series on" : ""}`, style: kind ? "--series: var(--segbook-0)" : null },
  svg("rect", { x: from, y, width: to - from, height, rx: 2 }));

// The stack as a table to edit: it stays while the drawing is redrawn, so the keyboard keeps its place.
function stackTable({ layers, plain, put }) {
  const cell = "padding: 1px 9px 1px 0; text-align: left; border: 0; background: none; white-space: nowrap";
  const head = html("tr", {}, ["ℓ", "kind", "k", "s", "d", "r", "J", ""].map((text) => html("th", { scope: "col", style: `${cell}; font-weight: 600` },
    text.length === 1 ? html("var", {}, text) : text)));
  const body = html("tbody", {});
  const add = (text, values) => html("button", { type: "button", class: "add", click: () => put([...layers(), values]) }, text);
  const adders = [add("+ conv 3", layer("conv", 3)), add("+ stride 2", layer("conv", 3, 2)), add("+ dilation 2", layer("conv", 3, 1, 2)), add("+ pool 2", layer("pool", 2, 2))];
  const edit = (index, values) => put(layers().map((old, i) => (i === index ? { ...old, ...values } : old)));
  const select = (index, trait, options) => html("select", { "data-trait": trait, "data-index": index, "aria-label": `layer ${index + 1}: ${trait.replace("_", " ")}`,
    change: (event) => edit(index, { [trait]: trait === "kind" ? event.target.value : Number(event.target.value) }) },
  options.map((value) => html("option", { value }, value)));
  const upTo = (limit) => Array.from({ length: limit }, (_, i) => i + 1);
  const line = (index) => html("tr", {}, [
    index + 1, select(index, "kind", ["conv", "pool"]), ...Object.entries(LIMITS).map(([trait, limit]) => select(index, trait, upTo(limit))),
    html("b", { class: "field" }), html("span", { class: "jump" }),
    html("button", { type: "button", class: "remove", style: "padding: 2px 8px", "aria-label": `remove layer ${index + 1}`, click: () => { put(layers().filter((_, i) => i !== index)); adders[0].focus(); } }, "✕"),
  ].map((content) => html("td", { style: cell }, content)));
  const pull = () => {
    const now = layers(), rows = stackRows(plain());
    if (body.children.length !== now.length) body.replaceChildren(...now.map((_, index) => line(index)));
    now.forEach((values, index) => {
      const row = body.children[index];
      row.querySelectorAll("select").forEach((input) => { input.value = values[input.dataset.trait]; });
      row.querySelector(".field").textContent = rows[index + 1].receptiveField;
      row.querySelector(".jump").textContent = rows[index + 1].jump;
      row.querySelector(".remove").disabled = now.length === 1;
    });
    adders.forEach((button) => { button.disabled = now.length >= MOST_LAYERS; });
  };
  const grid = html("table", { style: "border-collapse: collapse; width: auto; margin: 10px 0 6px; font-size: .93em; font-variant-numeric: tabular-nums" }, html("thead", {}, head), body);
  return { row: html("div", { style: "overflow-x: auto" }, grid, html("div", { class: "presets", role: "group", "aria-label": "Add a layer" }, adders)), pull };
}

export default { render };
