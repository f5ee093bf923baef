// UNetPlanner: the U drawn to scale, with its sizes, crops and costs, and what one output pixel reads in every map.
import { live } from "./figure.mjs";
import { canvas, clamp, fixed, formulaLine, grouped, html, MINUS, mark, panel, range, result, series, svg, warning }
  from "./page.mjs";
import { point } from "./pointing.mjs";
import { blockNames, inputWindow, isLegalInputSize, layoutOfU, nearestLegalInputSize, receptiveFields,
  smallestInputSize, total, unetLayers, unetLedger } from "./unet.mjs";

const LARGEST = 1024, HEIGHT = 500, GAP = 34;
const LEGEND = "Each bar is a map: as tall as its side in pixels, as thick as √channels. From bar to bar: a 3×3 "
  + "convolution, at the end a 1×1. Arrows: down a pooling, up an up-convolution, across a skip. Of a skip, what lies "
  + "between the dashed lines is copied (orange). Framed band: what the output pixel reads. Thick frame: the stage "
  + "whose maps are shown below.";
const large = (number) => (number >= 1e9 ? `${(number / 1e9).toPrecision(3)} billion`
  : `${(number / 1e6).toPrecision(3)} million`);

const shapeOf = ({ depth, padding }) => ({ depth, padding: padding ? 1 : 0 });
const ledgerOf = (state) => unetLedger(state.input_size, { ...shapeOf(state), width: state.width });
const outputSize = (state) => ledgerOf(state).at(-1).outputSize;
const smallest = (state) => smallestInputSize(state.depth, shapeOf(state).padding);
// The chosen block, or, where the U has become too shallow for it, the one that took its place.
function chosenBlock({ block, depth }) {
  const blocks = blockNames(depth), [name, level] = block.split(" ");
  if (blocks.includes(block)) return block;
  return blocks[name === "decoder" ? depth + 1 : clamp(Number(level) - 1, 0, depth)];
}
// Every change keeps the others possible: the nearest legal size, a block and an output pixel that exist.
export function settle(state) {
  const size = nearestLegalInputSize(state.input_size, shapeOf(state));
  return { ...state, input_size: size > LARGEST ? size - 2 ** state.depth : size, block: chosenBlock(state) };
}
export const limits = { output_pixel: (state) => [0, Math.max(outputSize(state) - 1, 0)] };

function controls() {
  const period = ({ depth }) => 2 ** depth, blocks = ({ depth }) => blockNames(depth);
  return [
    { name: "input_size", label: "input size", min: 0, show: (_, state) => String(state.input_size),
      max: (state) => Math.floor((LARGEST - smallest(state)) / period(state)),
      get: (state) => Math.max(0, Math.round((state.input_size - smallest(state)) / period(state))),
      put: (m, state) => ({ input_size: smallest(state) + m * period(state) }) },
    { name: "block", label: "look inside", max: (state) => blocks(state).length - 1,
      get: (state) => blocks(state).indexOf(chosenBlock(state)), put: (i, state) => ({ block: blocks(state)[i] }),
      show: (i, state) => blocks(state)[i] },
  ];
}

function start({ drawing, set }) {
  point(drawing, "[data-block]", ({ dataset }) => set({ block: dataset.block }), { hover: false });
}

export function draw(state, width) {
  const { depth, padding } = shapeOf(state), size = state.input_size;
  if (!isLegalInputSize(size, { depth, padding })) return refusal(size, { depth, padding });
  const rows = ledgerOf(state), layers = unetLayers(depth, padding),
    pixel = Math.min(state.output_pixel, outputSize(state) - 1);
  const u = layoutOfU(rows, { depth, width: width - 2, height: HEIGHT, gap: GAP }), chosen = chosenBlock(state);
  const levels = range(depth).map((i) => i + 1);
  const reads = (map) => inputWindow(layers.slice(map.layers), pixel);
  const nodes = [
    ...levels.flatMap((level) => arrows(u.maps, level)),
    ...u.maps.map((map) => bar(map, u.unit, map.block === chosen, reads(map))),
    ...levels.flatMap((level) => cropMarks(u.maps, level)),
    ...blockNames(depth).map((name) => words(u.maps.filter((map) => map.block === name), name === chosen, width)),
  ];
  const drawn = canvas(width, u.height + 8, "A U: maps as tall as their size, levels one below the other, skips across",
    nodes, { viewBox: `-1 0 ${width} ${u.height + 8}` });
  return {
    nodes: [drawn, html("p", { class: "caption" }, html("small", {}, LEGEND)), insides(chosen, state.maps, width)],
    ...inWords({ rows, fields: receptiveFields(depth, padding), pixel, depth, padding, size,
      window: inputWindow(layers, pixel) }),
  };
}

// A map, with the part of it that the output pixel reads.
function bar(map, unit, chosen, window) {
  const { x, y, width, height, name, block } = map, parts = [svg("rect", { x, y, width, height, class: "map" })];
  const [from, to] = window.map((place) => clamp(place, 0, map.size));
  if (to > from) {
    parts.push(svg("rect", { x, y: y + from * unit, width, height: Math.max((to - from) * unit, 1.5), class: "band",
      "data-reads": name }));
  }
  if (chosen) parts.push(svg("rect", { x, y, width, height, class: "outline" }));
  return svg("g", { class: "series", style: series(map.from ? 1 : 0), "data-block": block, "data-map": name },
    svg("title", {}, `${name}: ${map.size}², ${map.channels} channels`), parts);
}

// Down and up between the levels; across, the skip, and what is cropped from it.
const encoderEnd = (maps, level) => maps.filter((map) => map.row === level - 1 && map.side === "left").at(-1);
const named = (maps, name) => maps.find((map) => map.name === name);

function arrows(maps, level) {
  const left = encoderEnd(maps, level), skip = named(maps, `skip ${level}`), up = named(maps, `up ${level}`);
  const crop = (left.size - skip.size) / 2, y = left.middle, end = left.x + left.width, room = skip.x - end;
  const long = `${left.size} → ${skip.size}: crop ${crop} on each side`;
  const text = !crop ? (room > 60 ? "copy" : "") : room > 6.2 * long.length ? long : room > 46 ? `crop ${crop}` : "";
  const down = left.x + left.width / 2, back = up.x + up.width / 2;
  return [
    svg("path", { class: "link series", style: series(1),
      d: `M ${end + 2} ${y} H ${skip.x - 4} m -6 -4 l 6 4 l -6 4` }),
    mark((end + skip.x) / 2, y - 12, text),
    svg("path", { class: "link", d: `M ${down} ${left.y + left.height + 3} v 11 m -3.5 -4.5 l 3.5 4.5 l 3.5 -4.5` }),
    svg("path", { class: "link", d: `M ${back} ${up.y + up.height + 14} v -11 m -3.5 4.5 l 3.5 -4.5 l 3.5 4.5` }),
  ];
}

function cropMarks(maps, level) {
  const left = encoderEnd(maps, level), skip = named(maps, `skip ${level}`);
  if (left.size === skip.size) return [];
  return [-1, 1].map((side) => svg("path", { class: "link crop",
    d: `M ${left.x - 2} ${left.middle + (side * skip.height) / 2} h ${left.width + 4}` }));
}

// Above each stage: the size it gives, its channels, and its name if the stage beside it leaves room.
function words(maps, chosen, width) {
  const left = maps[0].side === "left", last = maps.at(-1), first = maps[0];
  const tall = Math.max(...maps.map((map) => map.height)), y = first.middle - tall / 2 - 13;
  const size = `${last.size}² × ${maps.filter((map) => map.name !== "head").at(-1).channels}`;
  const inset = first.block.startsWith("bottleneck") ? 0 : left ? first.x : width - last.x - last.width;
  const named = `${size} · ${first.block}`, apart = left || tall > 40 || width > 520;  // from the words on the arrow
  const text = apart && 12.4 * named.length < width - 2 * inset ? named : size;
  return mark(left ? first.x : last.x + last.width, y, text, { class: `index ${chosen ? "on" : ""}`,
    "text-anchor": left ? "start" : "end", "data-block": first.block });
}

// The stored feature maps of the block, cut out of their sheet by a window that shows only its own part.
function insides(block, { sheet, frames, size, depth }, width) {
  const [kind, level] = block.split(" "), inARow = width < 520 ? 3 : 5;
  const stored = kind === "decoder" || Number(level) === depth + 1 ? block : `encoder ${level}`;
  const side = Math.floor(clamp((width - 10 * inARow) / inARow, 52, 116)), maps = frames[stored];
  const shown = [["the image", frames.image[0], "the image"],
    ...maps.map((frame, i) => [i ? "\u00a0" : stored, frame, `feature map ${i + 1} of ${stored}`]),
    ["its answer", frames.answer[0], "the answer of the net"]];
  const place = ([x, y, own]) => `width: ${side}px; height: ${side}px; background-image: url("${sheet}"); `
    + `background-size: ${(4 * size * side) / own}px auto; `
    + `background-position: ${(-x * side) / own}px ${(-y * side) / own}px`;
  const frame = ([name, at, spoken]) => html("div", {},
    html("div", { class: "frame-of-sheet", role: "img", "aria-label": spoken, style: place(at) }),
    html("div", { class: "under" }, name));
  return panel(`Inside ${stored} of another, small U-Net of depth ${depth}`,
    `trained on ${frames.image[0][2]}² pixels: three of its maps, ${maps[0][2]}² pixels each`,
    html("div", { class: "panels" }, shown.map(frame)), { class: "insides" });
}

function inWords({ rows, fields, pixel, depth, padding, size, window: [a, b] }) {
  const out = rows.at(-1).outputSize, low = Math.min(...fields), high = Math.max(...fields), steps = 2 ** depth;
  const lost = 12 * steps - 8, phase = pixel % steps;
  const sizes = padding ? formulaLine("O = N = ", result(out)) : formulaLine(`O = N ${MINUS} (12·2`,
    html("sup", {}, depth), ` ${MINUS} 8) = ${size} ${MINUS} ${lost} = `, result(out));
  const costs = html("div", {}, `${rows.filter((row) => row.parameters).length} convolutions, `,
    result(grouped(total(rows, "parameters"))), " parameters, ", result(large(total(rows, "multiplyAdds"))),
    " multiply–adds");
  const inside = padding ? "" : ` (input pixel ${pixel + lost / 2})`;
  const field = formulaLine(`output pixel ${pixel}${inside}, ${pixel} mod ${steps} = ${phase}: reads ${fixed(a, 0)} … `
    + `${fixed(b - 1, 0)}, that is `, result(b - a), " pixels",
  low === high ? " like every other"
    : ` (${fields.filter((one) => one === fields[phase]).length} of every ${steps} do; `
      + `the others ${fields[phase] === low ? high : low})`);
  const crops = rows.filter((row) => row.kind === "skip").map((row) => (row.inputSize - row.outputSize) / 2).reverse();
  const cropped = crops.some(Boolean) ? `The skips lose ${crops.join(", ")} pixels on each side, from the top down`
    : "Nothing is cropped";
  const outside = a < 0 || b > size ? " Part of that lies outside the image and is zero." : "";
  const places = rows.filter((row) => row.kind === "bottleneck").at(-1).outputSize;
  return { formula: [sizes, costs, field],
    sentence: `Input ${size}², output ${out}². ${cropped}. The bottleneck ends with `
    + `${places}² places; output pixel ${pixel} reads ${b - a} input pixels along each axis.${outside}` };
}

function refusal(size, shape) {
  const near = nearestLegalInputSize(size, shape), first = smallestInputSize(shape.depth, shape.padding);
  const legal = `${first} + ${2 ** shape.depth}·m`;
  return warning(`An input of ${size} does not halve evenly ${shape.depth} times, or leaves no output. Legal are `
    + `${legal}; the nearest is ${near}.`, [formulaLine(`N = ${legal}`)]);
}

export default live({ title: "The U, to scale", limits, settle, draw, controls, start });
