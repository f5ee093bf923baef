// WorkAndScore: what each network scores for its work, a step line through those worth having, lines without a network.
import { buttons } from "./controls.mjs";
import { live } from "./figure.mjs";
import { bestOf, dominatedBy, frontOf, inFocus, marksOf, wasRead } from "./front.mjs";
import { placed } from "./labels.mjs";
import { canvas, clamp, fixed, formulaLine, grouped, html, label, mark, panel, range, result, svg } from "./page.mjs";
import { arrowKeys, point } from "./pointing.mjs";

const EDGE = { left: 34, right: 12, top: 40, bottom: 42 }, WIDEST = 720;
const LEAST = 50, MOST = 275, TICKS = [50, 75, 100, 150, 200, 250];   // of the work, in millions
// Where the axis of IoU and F per cell begins, or at AREAS for the IoU of round cells at ½; that of AP begins at 0, or
// at CUT if round cells were cut.
const BOTTOM = { "round cells": 0.6, granules: 0, "odd shapes": 0.6, "real nuclei": 0.5 }, CUT = 0.6,
  AREAS = 0.8;
const READINGS = { "one half": "at ½", "best threshold": "best threshold", watershed: "watershed",
  both: "both in turn" };
const READ = { "one half": "read at ½", "best threshold": "read at the best threshold",
  watershed: "cut by a watershed", both: "cut by a watershed at the best threshold" };
const RADIUS = 6, NARROW = 480;                    // of a mark; pixels below which all is smaller
const heightOf = (width) => (width < NARROW ? 350 : 400);
const fontOf = (width) => (width < NARROW ? 11 : 12.5);
const letterOf = (width) => 0.63 * fontOf(width);  // rather too wide
const millions = (work) => grouped(work / 1e6), tenths = (work) => fixed(work / 1e6, 1);
const three = (value) => fixed(value, 3);

export const settle = (state) =>
  (wasRead(state, state.reading) ? state : { ...state, reading: Object.keys(READINGS)[0] });

// Buttons for the readings; one that these images do not have says why it cannot be pressed.
function controls(hand) {
  const made = buttons({ label: "reading", title: "reading", may: ({ reading }, now) => wasRead(now, reading),
    presets: Object.fromEntries(Object.entries(READINGS).map(([reading, words]) => [words, { reading }])) }, hand);
  const reason = html("small", {});
  made.row.append(reason);
  const pull = (now = hand.state()) => {
    made.pull(now);
    const cut = Object.keys(READINGS).every((reading) => wasRead(now, reading));
    reason.textContent = cut ? "" : `(${now.images} were not cut by a watershed)`;
  };
  return [{ name: "reading", row: made.row, pull }];
}

function start({ drawing, state, set }) {
  point(drawing, "[data-network]", ({ dataset }) => set({ network: dataset.network }));
  arrowKeys(drawing, { label: "The networks: arrow keys choose one, from the least work to the most",
    step: (dx, dy) => {
      const marks = marksOf(state()), at = marks.indexOf(inFocus(marks, state().network));
      set({ network: marks[clamp(at + dx - dy, 0, marks.length - 1)].name });
    } });
}

const wasCut = ({ images, reading }) => images === "round cells" && (reading === "watershed" || reading === "both");
export const bottomOf = (state) => {
  if (state.score === "AP") return wasCut(state) ? CUT : 0;
  const areas = state.score === "IoU" && state.images === "round cells" && state.reading === "one half";
  return areas ? AREAS : BOTTOM[state.images];
};
const scales = (state, width, height) => {
  const bottom = bottomOf(state), across = width - EDGE.left - EDGE.right, rise = height - EDGE.top - EDGE.bottom;
  return { bottom, x: (work) => EDGE.left + (Math.log(work / 1e6 / LEAST) / Math.log(MOST / LEAST)) * across,
    y: (score) => EDGE.top + (1 - (clamp(score, bottom, 1) - bottom) / (1 - bottom)) * rise };
};

// Where everything lies: marks side by side where their work is equal, what they are called, and the lines.
export function layout(state, width, height) {
  const { x, y, bottom } = scales(state, width, height), marks = marksOf(state);
  const right = width - EDGE.right, frame = [EDGE.left + 2, 17, width, height - EDGE.bottom];
  const groups = [], letter = letterOf(width);
  for (const one of marks) {
    if (groups.length && x(one.work) - x(groups.at(-1)[0].work) < 6) groups.at(-1).push(one);
    else groups.push([one]);
  }
  const drawn = groups.flatMap((group) => group.map((one, i) => {
    const place = [x(one.work) + 13 * (i - (group.length - 1) / 2), y(one.score)], below = one.score < bottom;
    return { ...one, place, below, words: below ? `${one.name} ↓ ${three(one.score)}` : one.name,
      span: below ? null : one.interval.map(y) };
  }));
  const lines = state.record[state.images].lines[state.reading].map(([name, scores]) =>
    ({ name, score: scores[state.score], words: `${name} ${three(scores[state.score])}`, y: y(scores[state.score]),
      below: scores[state.score] < bottom }));
  const steps = frontOf(drawn).map(({ place }) => place);
  const soft = [...lines.map((line) => [EDGE.left, line.y - 1, right, line.y + 1]),
    ...steps.flatMap(([u, v], i) => {
      const [next, above] = steps[i + 1] ?? [right, v];
      return [[u, v - 1.5, next, v + 1.5], [next - 1.5, above, next + 1.5, v]];
    })];
  const solid = drawn.flatMap(({ place: [u, v], span }) => [[u - 8, v - 8, u + 8, v + 8],
    ...(span ? [[u - 3, span[1], u + 3, span[0]]] : [])]);
  const labels = [...drawn.map(({ words, place }) => ({ width: letter * words.length, anchor: place })),
    ...lines.map(({ words, y: line }) => ({ width: letter * words.length, line }))];
  const found = placed(labels, { frame, solid, soft });
  return { x, y, bottom, right, frame, solid, steps, marks: drawn.map((one, i) => ({ ...one, ...found[i] })),
    lines: lines.map((one, i) => ({ ...one, ...found[drawn.length + i] })) };
}

export function draw(state, width) {
  const across = Math.min(width - 2, WIDEST), height = heightOf(across);
  const laid = layout(state, across, height), dominated = dominatedBy(laid.marks);
  const chosen = inFocus(laid.marks, state.network), words = chosenInWords(state, chosen, dominated);
  return {
    nodes: [panel(`${state.score} against work`, `${state.images}; work for 96 × 96 pixels`, [
      canvas(across, height, `${state.score} of each network against its work`,
        [frameOf(state, laid, height), linesOf(laid), stepLine(laid),
          laid.marks.map((one) => network(one, dominated.has(one.name), one === chosen)),
          laid.lines.filter(({ below }) => !below).flatMap(named)],
        { style: `--size: ${fontOf(across)}px` }), keys(state, laid.marks)],
      { width: across })],
    formula: [formulaLine(html("span", {}, words.before), result(words.score), html("span", {}, words.after))],
    sentence: inWords(state, laid.marks),
    aside: `${words.before}${words.score}${words.after}`,
  };
}

const ticksOf = (bottom) => {
  const step = bottom ? 0.1 : 0.2;
  return range(Math.round((1 - bottom) / step) + 1).map((i) => bottom + step * i);
};

function frameOf({ score }, { x, y, bottom, right }, height) {
  return [
    ticksOf(bottom).flatMap((tick) => [svg("path", { class: "grid", d: `M ${EDGE.left} ${y(tick)} H ${right}` }),
      mark(EDGE.left - 5, y(tick), fixed(tick, 1), { "text-anchor": "end" })]),
    TICKS.flatMap((tick) => [
      svg("path", { class: "grid", d: `M ${x(tick * 1e6)} ${height - EDGE.bottom} v 5` }),
      mark(x(tick * 1e6), height - EDGE.bottom + 14, tick)]),
    label(EDGE.left - 30, 7, `${score}${bottom ? `; the axis begins at ${fixed(bottom, 1)}` : ""}`),
    label((EDGE.left + right) / 2, height - 8, "work: million multiply–adds, log scale", { "text-anchor": "middle" }),
  ].flat();
}

const linesOf = ({ lines, right }) => lines.filter(({ below }) => !below).map(({ name, y, score }, i) =>
  svg("path", { class: "curve", "data-line": name, "data-score": score, d: `M ${EDGE.left} ${y} H ${right}`,
    style: "stroke: var(--quiet); stroke-width: 1.4", "stroke-dasharray": i ? "1.5 3" : "7 4" }));

// The words of a line that do not lie beside it are led to it, to a small dot.
const named = ({ box, words, leader }) => [leader ? [leaderOf(leader, 0, { "stroke-dasharray": "1 3" }),
  svg("circle", { cx: leader[0][0], cy: leader[0][1], r: 2.5, style: "fill: var(--quiet)" })] : null,
haloed(box, words)].flat();
const leaderOf = ([[x, y], [u, v]], gap, attributes = {}) => {
  const share = gap / Math.hypot(u - x, v - y);
  return svg("path", { class: "link", ...attributes,
    d: `M ${x + share * (u - x)} ${y + share * (v - y)} L ${u} ${v}` });
};

const haloed = ([left, top, right, bottom], words, attributes = {}) => label((left + right) / 2, (top + bottom) / 2,
  words, { "text-anchor": "middle", ...attributes, style: "paint-order: stroke; stroke: var(--bg); stroke-width: 3px; "
    + `stroke-linejoin: round; font-size: var(--size); ${attributes.style ?? ""}` });

// From each network that is worth having to the next, to the right and up.
const stepLine = ({ steps: [[x, y], ...rest], right }) => svg("path", { class: "curve", "data-curve": "front",
  d: `M ${x} ${y} ${rest.map(([u, v]) => `H ${u} V ${v}`).join(" ")} H ${right}`,
  style: "stroke: var(--segbook-0); stroke-width: 1.6; opacity: .8" });

const shape = ([x, y], below) => (below ? `M ${x - 6} ${y - 8} h 12 l -6 9 Z`
  : `M ${x - RADIUS} ${y} a ${RADIUS} ${RADIUS} 0 1 0 ${2 * RADIUS} 0 a ${RADIUS} ${RADIUS} 0 1 0 ${-2 * RADIUS} 0`);
const looks = (hollow) => (hollow ? "fill: var(--bg); stroke: var(--quiet); stroke-width: 1.8"
  : "fill: var(--segbook-0); stroke: var(--segbook-0); stroke-width: 1.8");

function network({ name, place, span, below, box, leader, words }, hollow, chosen) {
  const [x, y] = place, [u, v] = leader[1];
  const colour = hollow ? "var(--quiet)" : "var(--segbook-0)";
  return svg("g", { class: "pointed", "data-network": name, "data-front": String(!hollow) },
    Math.hypot(u - x, v - y) > 15 ? leaderOf(leader, RADIUS + 1) : null,
    span ? svg("path", { class: "curve", d: `M ${x} ${span[0]} V ${span[1]}`,
      style: `stroke: ${colour}; stroke-width: 1.6` }) : null,
    svg("path", { "data-mark": name, d: shape(place, below), style: looks(hollow) }),
    chosen ? svg("circle", { cx: x, cy: y, r: RADIUS + 4, style: "fill: none; stroke: var(--segbook-focus); "
      + "stroke-width: 2" }) : null,
    svg("circle", { cx: x, cy: y, r: 12, style: "fill: transparent" }),
    haloed(box, words, { style: `fill: var(--fg); font-weight: ${chosen ? 700 : 400}` }));
}

function keys({ reading, record, images }, marks) {
  const key = (...nodes) => svg("svg", { class: "key", width: 14, height: 14, viewBox: "0 0 14 14",
    "aria-hidden": "true" }, ...nodes);
  const dot = (hollow) => key(svg("path", { d: shape([7, 7], false), style: looks(hollow) }));
  const bar = key(svg("path", { class: "curve", d: "M 7 0 V 14", style: "stroke: var(--fg); stroke-width: 1.6" }));
  return html("p", { class: "keys" }, html("span", {}, dot(false), " worth having"),
    html("span", {}, dot(true), " dominated"), html("span", {}, bar, " 95 % interval"),
    ["best threshold", "both"].includes(reading)
      ? html("span", {}, `best threshold: the highest ${images === "granules" ? "IoU" : "AP"} on other scenes`) : null,
    marks.some(({ name }) => name === "encoder–decoder") ? html("span", {},
      "depth 1, 2 and encoder–decoder (depth 3): no skips") : null,
    marks.some(({ name }) => name === "patches") ? html("span", {}, "patches: in one pass; patch by patch "
      + `${millions(record[images].networks.patches["patch by patch"])} million`) : null);
}

const listed = (names) => [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");
const spanOf = ({ interval }) => interval.map(three).join(" to ");

// The network in focus: its numbers, and what dominates it.
function chosenInWords({ score }, one, dominated) {
  const by = dominated.get(one.name);
  return { before: `${one.name}: ${score} `, score: three(one.score),
    after: ` (${spanOf(one)}) for ${tenths(one.work)} million; ${by
      ? `dominated by ${by.name}, ${three(by.score)} for ${tenths(by.work)} million` : "worth having"}` };
}

export function inWords({ images, reading, steps, score }, marks) {
  const best = bestOf(marks), dominated = dominatedBy(marks), front = frontOf(marks).map(({ name }) => name);
  const by = [...new Set(dominated.values())].map((one) =>
    `by ${one.name}: ${listed(marks.flatMap(({ name }) => (dominated.get(name) === one ? [name] : [])))}`);
  return `${images[0].toUpperCase()}${images.slice(1)}, ${READ[reading]} after ${grouped(Number(steps))} steps: `
    + `${best.name} has the highest ${score}, ${three(best.score)} (${spanOf(best)}), for ${tenths(best.work)} `
    + `million multiply–adds. Worth having: ${listed(front)}${front.length > 1 ? "" : " alone"}.`
    + `${by.length ? ` Dominated ${by.join("; ")}.` : ""}`;
}

export default live({ title: "Work and score", settle, draw, start, controls });
