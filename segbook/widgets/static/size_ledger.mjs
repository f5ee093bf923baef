// SizeLedger: the sizes of an encoder–decoder as a V of bars to scale, and the input sizes that come back.
import { isLegalSize, ledgerFits, sizeLedger } from "./ledger.mjs";
import { change, checkbox, choice, clamp, drag, figure, formulaLine, html, label, slider, svg } from "./page.mjs";

const POOLINGS = {
  "2 over 2": { kernelSize: 2, stride: 2, padding: 0 },
  "3 over 2": { kernelSize: 3, stride: 2, padding: 1 },
  "3 over 3": { kernelSize: 3, stride: 3, padding: 0 },
  "4 over 4": { kernelSize: 4, stride: 4, padding: 0 },
};
const preset = (input_size, more = {}) => ({ input_size, depth: 3, pooling: "2 over 2", padded: true, mend: false, ...more });
const PRESETS = {
  "legal: 96": preset(96),
  "one too many: 97": preset(97),
  "seven too many: 103": preset(103),
  "output_padding mends it": preset(103, { mend: true }),
  "unpadded": preset(124, { padded: false }),
  "pooling 3 over 2": preset(97, { pooling: "3 over 2" }),
};
const TRAITS = ["input_size", "depth", "pooling", "padded", "mend"];
const LARGEST = 256, MINUS = "−", TALL = 22, STEP = 52;

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const settings = () => ({ depth: get("depth"), pooling: POOLINGS[get("pooling")], padded: get("padded"), mend: get("mend") });
  const line = { first: 1, unit: 12, count: 20, left: 0, width: 1 };   // where the number line stands; it moves when N leaves it
  const view = figure({
    model, el, title: "Down and up again", presets: PRESETS, traits: TRAITS, draw,
    controls: [slider(model, "input_size", "input size N", { min: 1, max: LARGEST }),
               slider(model, "depth", "depth", { min: 1, max: 5 }),
               checkbox(model, "mend", "output_padding where a rest was left")],
    more: [choice(model, "pooling", "pooling, kernel over stride", Object.fromEntries(Object.keys(POOLINGS).map((name) => [name, name]))),
           checkbox(model, "padded", "padded convolutions")],
  });

  // The number line: press or drag along it.
  const pick = (x) => {
    const index = Math.floor((x * line.width - line.left) / line.unit);
    change(model, { input_size: line.first + clamp(index, 0, line.count - 1) });
    return true;
  };
  drag(view.drawing, { grab: pick, move: (_, x) => pick(x), sideways: true });

  function draw(width) {
    const chosen = get("input_size"), options = settings(), rows = sizeLedger(chosen, options);
    const nodes = [valley(rows, width, options), numberLine(chosen, width, options, line)];
    return { nodes, ...inWords(chosen, rows, options) };
  }
  return view.stop;
}

// Blocks of two convolutions in the order of the computation, each with the size that goes in and that comes out.
function blocks(rows) {
  const list = [];
  for (const { name, input, output } of rows) {
    const [kind, level] = name.split(" ");
    if (kind === "pool" || kind === "up") continue;
    if (list.at(-1)?.name === name) list.at(-1).output = output;
    else list.push({ name, kind, level: Number(level), input, output });
  }
  return list;
}

function valley(rows, width, { depth, padded }) {
  const list = blocks(rows), rests = Object.fromEntries(rows.filter(({ rest }) => rest).map(({ name, rest }) => [name.split(" ")[1], rest]));
  const before = Object.fromEntries(list.filter(({ kind }) => kind === "encoder").map(({ level, input }) => [level, input]));
  const full = (block) => (block.kind === "decoder" && (padded || block.level === 1) ? Math.max(before[block.level], block.input) : block.input);
  const gap = 6, total = list.reduce((sum, block) => sum + Math.max(full(block), 0), 0);
  const scale = (width - gap * (list.length - 1) - 4) / Math.max(total, 1);
  const bars = [], links = [], texts = [];
  let x = 2, last = null;
  list.forEach((block) => {
    const y = (block.level - 1) * STEP + 2, wide = Math.max(full(block), 0) * scale, size = Math.max(block.input, 0) * scale;
    const inner = Math.max(block.output, 0) * scale, start = x + (size - inner) / 2;
    if (wide > size + 0.01 || inner < size - 0.01) bars.push(svg("g", { class: "box cropped" }, svg("rect", { x, y: y + 0.5, width: wide, height: TALL - 1 })));
    bars.push(svg("g", { class: "box series", style: `--series: var(--segbook-${(block.level - 1) % 6})` },
      svg("rect", { x: start, y, width: Math.max(inner, 0.5), height: TALL, rx: 2 })));
    const rest = block.kind === "encoder" ? rests[block.level] : 0;
    if (rest) bars.push(svg("rect", { class: "rest", x: start + inner - Math.max(rest * scale, 3), y: y - 2, width: Math.max(rest * scale, 3), height: TALL + 4 }));
    const middle = x + wide / 2;
    if (last) links.push(svg("path", { class: "link", d: block.level > last.level
      ? `M ${last.x} ${last.y + TALL + 18} V ${y + TALL / 2} H ${x - 1}`
      : `M ${last.end + 1} ${last.y + TALL / 2} H ${middle} V ${y + TALL + 19}` }));
    last = { level: block.level, x: middle, end: x + wide, y };
    const lost = block.kind === "decoder" && full(block) > block.output ? full(block) - block.output : 0;
    const text = [block.input === block.output ? block.input : `${block.input}→${Math.max(block.output, 0)}`];
    if (rest) text.push(svg("tspan", { class: "lost" }, ` rest ${rest}`));
    if (lost && (padded || block.level === 1)) text.push(svg("tspan", { class: "lost" }, ` ${MINUS}${lost}`));
    // Long texts grow outwards, away from the other side of the V.
    const letters = text.map((part) => String(part.textContent ?? part)).join("").length;
    const anchor = block.kind === "bottleneck" || letters * 7.6 < wide + 8 ? "middle" : block.kind === "encoder" ? "end" : "start";
    const at = { middle, start: x, end: Math.max(x + wide, Math.min(letters * 7.6, width)) }[anchor];
    texts.push(svg("text", { class: "amount", x: at, y: y + TALL + 10, "text-anchor": anchor, "dominant-baseline": "central" }, text));
    x += wide + gap;
  });
  const height = (depth + 1) * STEP;
  return svg("svg", { class: "valley", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": "The sizes at every level, down and up, as bars to scale" }, links, bars, texts);
}

// Every input size near N: a dot where it is legal, and a bar as long as what the output lacks against a legal size.
function numberLine(chosen, width, options, line) {
  line.width = width;
  line.unit = width < 520 ? 10 : 13;
  line.count = Math.min(Math.floor((width - 4) / line.unit), LARGEST);
  line.left = Math.floor((width - line.count * line.unit) / 2);
  if (chosen < line.first + 1 || chosen > line.first + line.count - 2) line.first = chosen - Math.floor(line.count / 2);
  line.first = clamp(line.first, 1, LARGEST - line.count + 1);
  const tall = 46, axis = 32 + tall, parts = [];
  const lacks = [], stride = options.pooling.stride ** options.depth;
  for (let i = 0; i < line.count; i++) {
    const rows = sizeLedger(line.first + i, options);
    lacks.push(ledgerFits(rows) ? line.first + i - rows.at(-1).output : null);
  }
  const least = Math.min(...lacks.filter((lack) => lack !== null));
  const most = Math.max(...lacks.map((lack) => lack - least), Math.min(stride - 1, 8), 1);
  let labelled = -Infinity;
  lacks.forEach((lack, i) => {
    const size = line.first + i, x = line.left + (i + 0.5) * line.unit, on = size === chosen;
    const legal = isLegalSize(size, options);
    if (lack !== null && lack > least) {
      const high = tall * (lack - least) / most;
      parts.push(svg("rect", { class: "rest", x: x - line.unit * 0.32, y: axis - 7 - high, width: line.unit * 0.64, height: high }));
    }
    parts.push(svg("circle", { class: `dot ${legal ? "legal" : lack === null ? "ghost" : ""} ${on ? "on" : ""}`, cx: x, cy: axis, r: legal ? 5 : 3 }));
    if (legal && !on && x - labelled > 30) {
      labelled = x;
      parts.push(svg("text", { class: "index", x: clamp(x, 12, width - 14), y: axis + 17, "text-anchor": "middle", "dominant-baseline": "central" }, size));
    }
  });
  const x = line.left + (chosen - line.first + 0.5) * line.unit;
  parts.push(svg("path", { class: "marker", d: `M ${x} ${axis + 7} l 5 8 h -10 z` }),
    svg("text", { class: "index on", x: clamp(x, 24, width - 24), y: axis + 33, "text-anchor": "middle", "dominant-baseline": "central" }, `N = ${chosen}`));
  const height = axis + 44;
  return svg("svg", { class: "number-line", "data-surface": "sizes", "data-grab": "", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": "Input sizes; the large dots are legal, the bars say how many places the output lacks" },
    svg("rect", { class: "ground", x: 0, y: 0, width, height }),
    label(line.left, 8, width < 520 ? "● legal sizes · bars: places lost" : "● legal input sizes · bars: places that the output loses to the rests · press or drag"), parts);
}

function inWords(chosen, rows, options) {
  const { depth, pooling, padded, mend } = options;
  const [k, s, p] = [pooling.kernelSize, pooling.stride, pooling.padding];
  const last = rows.at(-1);
  if (!ledgerFits(rows)) {
    return { formula: [formulaLine(`${last.name}: ${last.input} → nothing`)],
             sentence: `${chosen} is too small: at "${last.name}" only ${last.input} ${last.input === 1 ? "place is" : "places are"} left, which do not fill one window.` };
  }
  const pools = rows.filter(({ name }) => name.startsWith("pool")), ups = rows.filter(({ name }) => name.startsWith("up"));
  const rests = pools.map(({ rest }) => rest), legal = rests.every((rest) => rest === 0), output = last.output;
  const down = formulaLine(p === 0 && k === s ? `down, ⌊N / ${s}⌋: ` : `down, ⌊(N + 2·${p} ${MINUS} ${k}) / ${s}⌋ + 1: `,
    pools.map(({ input, output: after, rest }) => `${input} → ${after}${rest ? ` rest ${rest}` : ""}`).join(", "));
  const extra = mend && !legal ? " + rest" : "";
  const up = formulaLine(p === 0 && k === s ? `up, ${s}·I${extra}: ` : `up, (I ${MINUS} 1)·${s} ${MINUS} 2·${p} + ${k}${extra}: `,
    ups.map(({ input, output: after }) => `${input} → ${after}`).join(", "));
  const lost = chosen - output;
  const sum = formulaLine(`N ${MINUS} O = ${chosen} ${MINUS} ${output} = `, html("b", {}, String(lost).replace("-", MINUS)),
    padded && p === 0 && k === s && !mend ? ` = ${chosen} mod ${s}` : "", padded && p === 0 && k === s && !mend ? html("sup", {}, depth) : "",
    lost === 0 ? " ✓" : "");
  return { formula: [down, up, sum], sentence: sentence(chosen, output, pools, options, legal) };
}

function sentence(chosen, output, pools, options, legal) {
  const { padded, mend } = options;
  if (legal) {
    const border = padded ? `${chosen} ${chosen === 1 ? "place comes" : "places come"} back.` : `the output has ${output}: the unpadded convolutions take ${chosen - output}.`;
    return `${chosen} is legal: no pooling leaves a rest, and ${border}`;
  }
  const read = options.pooling.padding === 0;      // else the place that no window reaches is one of the padding
  const told = pools.filter(({ rest }) => rest).map(({ name, input, rest }) =>
    (read ? `${name} drops ${rest} of ${input}` : `${name} does not read ${rest} of the zeros beside ${input}`)).join(", ");
  const begun = told[0].toUpperCase() + told.slice(1);
  let below = chosen, above = chosen;
  while (below > 0 && !isLegalSize(below, options)) below -= 1;
  while (above < chosen + 2000 && !isLegalSize(above, options)) above += 1;
  const near = below > 0 ? `${below} and ${above}` : `${above}`;
  if (mend) return `${begun}. Output padding gives the places back${read ? ", but no stamp reaches them: the size is mended, what stood there is gone" : ""}.`;
  return `${begun}: the output has ${output}. The nearest legal sizes: ${near}.`;
}

export default { render };
