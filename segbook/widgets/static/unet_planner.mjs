// UNetPlanner: the U drawn to scale, with its sizes, crops and costs, and what one output pixel reads in every map.
import { blockNames, inputWindow, isLegalInputSize, layoutOfU, nearestLegalInputSize, receptiveFields, smallestInputSize, total, unetLayers, unetLedger } from "./unet.mjs";
import { change, checkbox, clamp, figure, formulaLine, html, label, slider, svg } from "./page.mjs";

const PRESETS = {
  "the paper": { input_size: 572, depth: 4, width: 64, padding: false, output_pixel: 192 },
  "the notes": { input_size: 128, depth: 3, width: 64, padding: true, output_pixel: 64 },
  "this chapter": { input_size: 96, depth: 4, width: 8, padding: true, output_pixel: 48 },
  "smallest tile": { input_size: 188, depth: 4, width: 64, padding: false, output_pixel: 0 },
};
const TRAITS = ["input_size", "depth", "width", "padding", "output_pixel", "block"];
const MINUS = "−", LARGEST = 1024, HEIGHT = 470, GAP = 34;
const grouped = (number) => number.toLocaleString("en-US");
const large = (number) => (number >= 1e9 ? `${(number / 1e9).toPrecision(3)} billion` : `${(number / 1e6).toPrecision(3)} million`);

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const shape = () => ({ depth: get("depth"), padding: get("padding") ? 1 : 0 });
  const ledger = () => unetLedger(get("input_size"), { ...shape(), width: get("width") });
  const outputSize = () => ledger().at(-1).outputSize;
  const legal = () => isLegalInputSize(get("input_size"), shape());
  const blocks = () => blockNames(get("depth"));
  // The chosen block, or, where the U has become too shallow for it, the one that took its place.
  const chosenBlock = () => {
    const [name, level] = get("block").split(" ");
    if (blocks().includes(get("block"))) return get("block");
    return blocks()[name === "decoder" ? get("depth") + 1 : clamp(Number(level) - 1, 0, get("depth"))];
  };
  // Every change keeps the others possible: the nearest legal size, an output pixel that exists, a block that exists.
  const set = (values) => {
    change(model, values);
    const size = nearestLegalInputSize(get("input_size"), shape()), period = 2 ** get("depth");
    change(model, { input_size: size > LARGEST ? size - period : size, block: chosenBlock() });
    change(model, { output_pixel: clamp(get("output_pixel"), 0, outputSize() - 1) });
  };
  const first = () => smallestInputSize(get("depth"), shape().padding), period = () => 2 ** get("depth");
  const view = figure({
    model, el, title: "The U, to scale", presets: PRESETS, traits: TRAITS, draw,
    controls: [
      slider(model, "input_size", "input size", { min: 0, max: () => Math.floor((LARGEST - first()) / period()),
        get: () => Math.max(0, Math.round((get("input_size") - first()) / period())), show: () => get("input_size"),
        set: (m) => set({ input_size: first() + m * period() }) }),
      slider(model, "depth", "depth", { min: 1, max: 4, set: (depth) => set({ depth }) }),
      slider(model, "output_pixel", "output pixel", { max: () => Math.max(outputSize() - 1, 0), set: (n) => set({ output_pixel: n }) }),
      slider(model, "block", "look inside", { max: () => blocks().length - 1, get: () => blocks().indexOf(chosenBlock()), show: chosenBlock, set: (i) => set({ block: blocks()[i] }) }),
    ],
    more: [slider(model, "width", "width", { min: 1, max: 64, set: (width) => set({ width }) }), paddingBox(model, set)],
  });
  // On the drawing itself, which stays while what it holds is redrawn.
  view.drawing.addEventListener("click", (event) => {
    const block = event.target.closest?.("[data-block]")?.dataset.block;
    if (block) set({ block });
  });

  function draw(width) {
    if (!legal()) return refusal(get("input_size"), shape());
    const { depth, padding } = shape(), rows = ledger();
    const layers = unetLayers(depth, padding), pixel = clamp(get("output_pixel"), 0, outputSize() - 1);
    const u = layoutOfU(rows, { depth, width: width - 2, height: HEIGHT, gap: GAP });
    const nodes = [];
    for (let level = 1; level <= depth; level++) nodes.push(...arrows(u.maps, level));
    for (const map of u.maps) nodes.push(bar(map, u.unit, map.block === chosenBlock(), map.layers === null ? null : inputWindow(layers.slice(map.layers), pixel)));
    for (let level = 1; level <= depth; level++) nodes.push(...cropMarks(u.maps, level));
    for (const name of blocks()) nodes.push(...words(u.maps.filter((map) => map.block === name), name === chosenBlock()));
    const drawing = svg("svg", { width, height: u.height + 8, viewBox: `-1 0 ${width} ${u.height + 8}`, role: "img",
      "aria-label": "A U: maps as tall as their size, levels one below the other, skips across" }, nodes);
    const fields = receptiveFields(depth, padding), steps = 2 ** depth;
    const legend = html("p", { class: "caption" }, html("small", {}, "Height: pixels on a side. Thickness: √channels. Orange: copied across a skip. Framed band: what the output pixel reads."));
    return { nodes: [drawing, legend, insides(chosenBlock(), model.get("maps"), width)],
      ...inWords({ rows, fields, pixel, steps, depth, padding, size: get("input_size"), window: inputWindow(layers, pixel) }) };
  }
  return view.stop;
}

function paddingBox(model, set) {
  const box = checkbox(model, "padding", "padded convolutions");
  box.row.addEventListener("change", () => set({}));     // after the checkbox has written its own trait
  return box;
}

// A map, with the part of it that the output pixel reads.
function bar(map, unit, chosen, window) {
  const { x, y, width, height, name, block } = map, series = map.from ? 1 : 0;
  const parts = [svg("rect", { x, y, width, height, class: "map" })];
  if (window) {
    const from = clamp(window[0], 0, map.size), to = clamp(window[1], 0, map.size);
    if (to > from) parts.push(svg("rect", { x, y: y + from * unit, width, height: Math.max((to - from) * unit, 1.5), class: "band", "data-reads": name }));
  }
  if (chosen) parts.push(svg("rect", { x, y, width, height, class: "outline" }));
  return svg("g", { class: "series", style: `--series: var(--segbook-${series % 6})`, "data-block": block, "data-map": name },
    svg("title", {}, `${name}: ${map.size}², ${map.channels} channels`), parts);
}

// Down and up between the levels; across, the skip, and what is cropped from it.
const encoderEnd = (maps, level) => maps.filter((map) => map.row === level - 1 && map.side === "left").at(-1);
const named = (maps, name) => maps.find((map) => map.name === name);

function arrows(maps, level) {
  const left = encoderEnd(maps, level), skip = named(maps, `skip ${level}`), up = named(maps, `up ${level}`);
  const crop = (left.size - skip.size) / 2, y = left.middle, room = skip.x - left.x - left.width;
  const long = `${left.size} → ${skip.size}: crop ${crop} on each side`;
  const text = !crop ? (room > 60 ? "copy" : "") : room > 6.2 * long.length ? long : room > 46 ? `crop ${crop}` : "";
  const down = left.x + left.width / 2, back = up.x + up.width / 2;
  return [
    svg("path", { class: "link series", style: "--series: var(--segbook-1)", d: `M ${left.x + left.width + 2} ${y} H ${skip.x - 4} m -6 -4 l 6 4 l -6 4` }),
    svg("text", { x: (left.x + left.width + skip.x) / 2, y: y - 8, class: "index", "text-anchor": "middle" }, text),
    svg("path", { class: "link", d: `M ${down} ${left.y + left.height + 3} v 11 m -3.5 -4.5 l 3.5 4.5 l 3.5 -4.5` }),
    svg("path", { class: "link", d: `M ${back} ${up.y + up.height + 14} v -11 m -3.5 4.5 l 3.5 -4.5 l 3.5 4.5` }),
  ];
}

function cropMarks(maps, level) {
  const left = encoderEnd(maps, level), skip = named(maps, `skip ${level}`);
  if (left.size === skip.size) return [];
  return [-1, 1].map((side) => svg("path", { class: "link crop", d: `M ${left.x - 2} ${left.middle + (side * skip.height) / 2} h ${left.width + 4}` }));
}

// Above each stage: the size it gives, and its channels.
function words(maps, chosen) {
  const left = maps[0].side === "left", last = maps.at(-1), start = maps[0];
  const tall = Math.max(...maps.map((map) => map.height)), y = start.middle - tall / 2 - 9;
  const text = `${last.size}² × ${maps.filter((map) => map.name !== "head").at(-1).channels}`;
  return [svg("text", { x: left ? start.x : last.x + last.width, y, "text-anchor": left ? "start" : "end", class: `index ${chosen ? "on" : ""}`, "data-block": start.block }, text)];
}

// The stored feature maps of the block, cut out of their sheet by a window that shows only its own part.
function insides(block, { sheet, frames, size, depth }, width) {
  const [kind, level] = block.split(" ");
  const stored = kind === "decoder" || Number(level) === depth + 1 ? block : `encoder ${level}`;
  const inARow = width < 520 ? 3 : 5, side = Math.floor(clamp((width - 10 * inARow) / inARow, 52, 116));
  const shown = [["the image", frames.image[0]], ...frames[stored].map((frame, i) => [i ? "" : stored, frame]), ["its answer", frames.answer[0]]];
  return html("div", { class: "insides" },
    html("p", { class: "caption" }, `What ${kind} ${level} sees `, html("small", {}, `in a trained U-Net of depth ${depth}: ${frames[stored][0][2]}² pixels there, three of its maps`)),
    html("div", { class: "panels" }, shown.map(([name, [x, y, own]], i) => html("div", {},
      html("div", { class: "frame-of-sheet", role: "img",
        "aria-label": i === 0 ? "the image" : i === shown.length - 1 ? "the answer of the net" : `feature map ${i} of ${stored}`,
        style: `width: ${side}px; height: ${side}px; background-image: url("${sheet}"); background-size: ${(4 * size * side) / own}px auto; `
          + `background-position: ${(-x * side) / own}px ${(-y * side) / own}px` }),
      html("div", { class: "under" }, name || "\u00a0")))));
}

function inWords({ rows, fields, pixel, steps, depth, padding, size, window }) {
  const out = rows.at(-1).outputSize, [a, b] = window, low = Math.min(...fields), high = Math.max(...fields);
  const lost = 12 * steps - 8;
  const sizes = padding ? formulaLine("O = N = ", html("b", {}, out))
    : formulaLine(`O = N ${MINUS} (12·2`, html("sup", {}, depth), ` ${MINUS} 8) = ${size} ${MINUS} ${lost} = `, html("b", {}, out));
  const convolutions = rows.filter((row) => row.parameters).length;
  const costs = html("div", {}, `${convolutions} convolutions, `, html("b", {}, grouped(total(rows, "parameters"))), " parameters, ",
    html("b", {}, large(total(rows, "multiplyAdds"))), " multiply–adds");
  const field = formulaLine(`output pixel ${pixel}, ${pixel} mod ${steps} = ${pixel % steps}: reads ${a} … ${b - 1}, that is `.replaceAll("-", MINUS), html("b", {}, b - a), " pixels",
    low === high ? " like every other" : ` (others ${fields[pixel % steps] === low ? high : low})`);
  const skips = rows.filter((row) => row.kind === "skip"), crops = skips.map((row) => (row.inputSize - row.outputSize) / 2);
  const outside = a < 0 || b > size ? " Part of that lies outside the image and is zero." : "";
  const sentence = `Input ${size}², output ${out}². ${crops.some(Boolean) ? `The skips lose ${crops.reverse().join(", ")} pixels on each side, from the top down` : "Nothing is cropped"}. `
    + `The bottleneck has ${rows.find((row) => row.kind === "bottleneck").outputSize}² places; output pixel ${pixel} reads ${b - a} input pixels along each axis.${outside}`;
  return { formula: [sizes, costs, field], sentence };
}

function refusal(size, shape) {
  const near = nearestLegalInputSize(size, shape), first = smallestInputSize(shape.depth, shape.padding);
  const sentence = `An input of ${size} does not halve evenly ${shape.depth} times, or leaves no output. Legal are ${first} + ${2 ** shape.depth}·m; the nearest is ${near}.`;
  return { nodes: [html("p", { class: "warning" }, sentence)], formula: [formulaLine(`N = ${first} + ${2 ** shape.depth}·m`)], sentence };
}

export default { render };
