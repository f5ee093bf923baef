// SizeLedger: the sizes of an encoder–decoder as a V of bars to scale, and the input sizes that come back.
import { live } from "./figure.mjs";
import { isLegalSize, ledgerFits, sizeLedger } from "./ledger.mjs";
import { canvas, clamp, formulaLine, html, label, MINUS, mark, range, result, series, svg } from "./page.mjs";
import { drag } from "./pointing.mjs";

const POOLINGS = {
  "2 over 2": { kernelSize: 2, stride: 2, padding: 0 },
  "3 over 2": { kernelSize: 3, stride: 2, padding: 1 },
  "3 over 3": { kernelSize: 3, stride: 3, padding: 0 },
  "4 over 4": { kernelSize: 4, stride: 4, padding: 0 },
};
const LARGEST = 256, TALL = 22, STEP = 52;
const settingsOf = ({ depth, pooling, padded, mend }) => ({ depth, pooling: POOLINGS[pooling], padded, mend });

// The number line: press or drag along it.
function start({ drawing, set }) {
  const pick = (x, line) => {
    const { first, count, unit, left, width } = line.dataset;
    const index = Math.floor((x * width - left) / unit);
    set({ input_size: Number(first) + clamp(index, 0, count - 1) });
    return line.dataset;
  };
  const lineNow = () => drawing.querySelector(".number-line");
  drag(drawing, { sideways: true, grab: (x) => pick(x, lineNow()), move: (_, x) => pick(x, lineNow()) });
}

export function draw(state, width, memory = {}) {
  const chosen = state.input_size, settings = settingsOf(state), rows = sizeLedger(chosen, settings);
  return { nodes: [valley(rows, width, settings), numberLine(chosen, width, settings, memory)],
    ...inWords(chosen, rows, settings) };
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
  if (!ledgerFits(rows)) {                         // no sizes to draw, and no remainder that would mean anything
    const words = label(width / 2, STEP, "too small", { "text-anchor": "middle" });
    return canvas(width, (depth + 1) * STEP, "No bars: the input is too small", [words], { class: "valley" });
  }
  const list = blocks(rows), bars = [], links = [], texts = [], gap = 6;
  const dropping = rows.filter(({ remainder }) => remainder);
  const remainders = Object.fromEntries(dropping.map(({ name, remainder }) => [name.split(" ")[1], remainder]));
  const before = Object.fromEntries(list.filter(({ kind }) => kind === "encoder").map(({ level, input }) =>
    [level, input]));
  const full = (block) => (block.kind === "decoder" && (padded || block.level === 1)
    ? Math.max(before[block.level], block.input) : block.input);
  const total = list.reduce((sum, block) => sum + Math.max(full(block), 0), 0);
  const scale = (width - gap * (list.length - 1) - 4) / Math.max(total, 1);
  let x = 2, last = null;
  list.forEach((block) => {
    const y = (block.level - 1) * STEP + 2, wide = Math.max(full(block), 0) * scale,
      size = Math.max(block.input, 0) * scale;
    const inner = Math.max(block.output, 0) * scale, from = x + (size - inner) / 2, middle = x + wide / 2;
    if (wide > size + 0.01 || inner < size - 0.01) {
      bars.push(svg("g", { class: "box cropped" }, svg("rect", { x, y: y + 0.5, width: wide, height: TALL - 1 })));
    }
    bars.push(svg("g", { class: "box series", style: series(block.level - 1) },
      svg("rect", { x: from, y, width: Math.max(inner, 0.5), height: TALL, rx: 2 })));
    const remainder = block.kind === "encoder" ? remainders[block.level] : 0;
    const remainderWide = Math.max(remainder * scale, 3);
    if (remainder) {
      bars.push(svg("rect", { class: "remainder", x: from + inner - remainderWide, y: y - 2, width: remainderWide,
        height: TALL + 4 }));
    }
    if (last) {
      links.push(svg("path", { class: "link", d: block.level > last.level
        ? `M ${last.x} ${last.y + TALL + 18} V ${y + TALL / 2} H ${x - 1}`
        : `M ${last.end + 1} ${last.y + TALL / 2} H ${middle} V ${y + TALL + 19}` }));
    }
    last = { level: block.level, x: middle, end: x + wide, y };
    const lost = block.kind === "decoder" && full(block) > block.output ? full(block) - block.output : 0;
    const said = [block.input === block.output ? `${block.input}` : `${block.input}→${Math.max(block.output, 0)}`,
      remainder ? ` leaves ${remainder}` : "", lost && (padded || block.level === 1) ? ` ${MINUS}${lost}` : ""];
    // Long texts grow outwards, away from the other side of the V.
    const letters = said.join("").length * 7.6, fits = block.kind === "bottleneck" || letters < wide + 8;
    const anchor = fits ? "middle" : block.kind === "encoder" ? "end" : "start";
    const at = { middle, start: x, end: Math.max(x + wide, Math.min(letters, width)) }[anchor];
    const [sizes, ...more] = said, parts = more.filter(Boolean).map((text) => svg("tspan", { class: "lost" }, text));
    texts.push(label(at, y + TALL + 10, [sizes, ...parts], { class: "amount", "text-anchor": anchor }));
    x += wide + gap;
  });
  return canvas(width, (depth + 1) * STEP, "The sizes at every level, down and up, as bars to scale",
    [links, bars, texts], { class: "valley" });
}

// Every input size near N: a dot where it is legal, and a bar as long as what the output lacks against a legal size.
// The line stands still under a hand that drags, and moves on when N leaves it.
function numberLine(chosen, width, settings, memory) {
  const unit = width < 520 ? 10 : 13, count = Math.min(Math.floor((width - 4) / unit), LARGEST);
  const left = Math.floor((width - count * unit) / 2), tall = 46, axis = 32 + tall;
  const { first = -LARGEST } = memory, within = chosen > first && chosen < first + count - 1;
  memory.first = clamp(within ? first : chosen - Math.floor(count / 2), 1, LARGEST - count + 1);
  const start = memory.first, sizes = range(count).map((i) => start + i), parts = [];
  const at = (size) => left + (size - start + 0.5) * unit;
  const lacks = sizes.map((size) => {
    const rows = sizeLedger(size, settings);
    return ledgerFits(rows) ? size - rows.at(-1).output : null;
  });
  const least = Math.min(...lacks.filter((lack) => lack !== null)), stride = settings.pooling.stride ** settings.depth;
  const most = Math.max(...lacks.map((lack) => lack - least), Math.min(stride - 1, 8), 1);
  let labelled = -Infinity;
  sizes.forEach((size, i) => {
    const x = at(size), lack = lacks[i], on = size === chosen, legal = isLegalSize(size, settings);
    const high = lack === null ? 0 : (tall * (lack - least)) / most;
    if (high) {
      parts.push(svg("rect", { class: "remainder", x: x - unit * 0.32, y: axis - 7 - high, width: unit * 0.64,
        height: high }));
    }
    const kind = legal ? "legal" : lack === null ? "ghost" : "";
    parts.push(svg("circle", { class: `dot ${kind} ${on ? "on" : ""}`, cx: x, cy: axis, r: legal ? 5 : 3 }));
    if (legal && !on && x - labelled > 30) {
      labelled = x;
      parts.push(mark(clamp(x, 12, width - 14), axis + 17, size));
    }
  });
  const x = at(chosen), height = axis + 44;
  parts.push(svg("path", { class: "marker", d: `M ${x} ${axis + 7} l 5 8 h -10 z` }),
    mark(clamp(x, 24, width - 24), axis + 33, `N = ${chosen}`, { class: "index on" }));
  const none = lacks.every((lack) => lack === null);
  const words = none ? "All sizes shown here are too small." : width < 520 ? "● legal sizes · bars: places lost"
    : ["● legal input sizes · bars: places that the output loses to the remainders",
      svg("tspan", { class: "hint" }, " · press or drag")];
  return canvas(width, height, "Input sizes; the large dots are legal, the bars say how many places the output lacks",
    [svg("rect", { class: "surface", width, height }), label(left, 8, words), parts],
    { class: "number-line", "data-surface": "sizes", "data-grab": "", "data-first": start, "data-count": count,
      "data-unit": unit, "data-left": left, "data-width": width });
}

function inWords(chosen, rows, settings) {
  const { depth, pooling: { kernelSize: k, stride: s, padding: p }, padded, mend } = settings, last = rows.at(-1);
  if (!ledgerFits(rows)) {
    return { formula: [], sentence: `${chosen} is too small: nothing is left of it after "${last.name}".` };
  }
  const named = (kind) => rows.filter(({ name }) => name.startsWith(kind)), pools = named("pool"), ups = named("up");
  const legal = pools.every(({ remainder }) => remainder === 0), output = last.output, plain = p === 0 && k === s;
  const steps = (list) => list.map(({ input, output: after, remainder }) =>
    `${input} → ${after}${remainder ? ` (${remainder} left)` : ""}`);
  const down = formulaLine(plain ? `down, ⌊N / ${s}⌋: ` : `down, ⌊(N + 2·${p} ${MINUS} ${k}) / ${s}⌋ + 1: `,
    steps(pools).join(", "));
  const extra = mend && !legal ? " + remainder" : "";
  const up = formulaLine(plain ? `up, ${s}·I${extra}: ` : `up, (I ${MINUS} 1)·${s} ${MINUS} 2·${p} + ${k}${extra}: `,
    steps(ups).join(", "));
  const remainder = padded && plain && !mend ? [` = ${chosen} mod ${s}`, html("sup", {}, depth)] : [];
  const lost = chosen - output, sum = formulaLine(`N ${MINUS} O = ${chosen} ${MINUS} ${output} = `,
    result(String(lost).replace("-", MINUS)), ...remainder, lost === 0 ? " ✓" : "");
  return { formula: [down, up, sum], sentence: sentenceOf(chosen, output, pools, settings, legal) };
}

function sentenceOf(chosen, output, pools, settings, legal) {
  const { padded, mend, pooling } = settings;
  if (legal) {
    const back = padded ? `${chosen} ${chosen === 1 ? "place comes" : "places come"} back.`
      : `the output has ${output}: the unpadded convolutions take ${chosen - output}.`;
    return `${chosen} is legal: no pooling leaves a remainder, and ${back}`;
  }
  const read = pooling.padding === 0;              // else the place that no window reaches is one of the padding
  const told = pools.filter(({ remainder }) => remainder).map(({ name, input, remainder }) => (read
    ? `${name} drops ${remainder} of ${input}`
    : `${name} does not read ${remainder} of the zeros beside ${input}`)).join(", ");
  const begun = told[0].toUpperCase() + told.slice(1);
  if (mend) {
    const gone = read ? ", but no stamp reaches them: the size is right again, and only the bias stands there" : "";
    return `${begun}. Output padding gives the places back${gone}.`;
  }
  let below = chosen, above = chosen;
  while (below > 0 && !isLegalSize(below, settings)) below -= 1;
  while (above < chosen + 2000 && !isLegalSize(above, settings)) above += 1;
  return `${begun}: the output has ${output}. The nearest legal sizes: ${below > 0 ? `${below} and ` : ""}${above}.`;
}

export default live({ title: "Down and up again", draw, start });
