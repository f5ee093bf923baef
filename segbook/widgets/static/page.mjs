// Elements of the page that all figures are made of: HTML, SVG, boxes, panels, words, numbers. No framework.

const SVG = "http://www.w3.org/2000/svg";
export const MINUS = "−";
const READABLE = 9;                                // pixels of the screen: the smallest letters

// A name that no other element of the page has. Each figure brings a copy of this module, so the count is the page's.
export function unique(name) {
  globalThis.segbookNames = (globalThis.segbookNames ?? 0) + 1;
  return `segbook-${name}-${globalThis.segbookNames}`;
}

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
export const range = (count) => Array.from({ length: count }, (_, i) => i);

// Numbers in words: two digits at most, a fixed count of digits, thousands apart. A number halfway between two, such as
// 0.125, goes to the even one, as in Python.
export const short = (value) => String(Math.round(value * 100) / 100).replace("-", MINUS);
export function fixed(value, digits = 2) {
  if (!Number.isFinite(value)) return "∞";
  const whole = 10 ** digits, isHalfway = Math.abs(value * 2 ** (digits + 1)) % 2 === 1;
  const near = isHalfway ? (2 * Math.round((value * whole) / 2)) / whole : value;
  return near.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", MINUS);
}
export const grouped = (number) => Math.round(number).toLocaleString("en-US");
export const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return element;
}
// Show nodes in place of those that an element has. What is the same stays: style, layout and paint of what a change
// leaves as it was take longer than to find that out. New nodes bring no listeners: pointing and keys are the frame's.
export function show(element, nodes) {
  const fresh = document.createDocumentFragment();
  fresh.append(...nodes);
  adopt(element, fresh);
}
function adopt(element, fresh) {
  const next = [...fresh.childNodes], old = [...element.childNodes];
  next.forEach((node, i) => {
    const was = old[i];
    if (!was) element.append(node);
    else if (was.nodeName !== node.nodeName) was.replaceWith(node);
    else if (was.isEqualNode(node)) return;
    else if (was.nodeType === Node.TEXT_NODE) was.data = node.data;
    else {
      for (const { name, value } of node.attributes) {
        if (was.getAttribute(name) !== value) was.setAttribute(name, value);
      }
      for (const name of was.getAttributeNames()) {
        if (!node.hasAttribute(name)) was.removeAttribute(name);
      }
      adopt(was, node);
    }
  });
  old.slice(next.length).forEach((node) => { node.remove(); });
}
// JupyterLab reads arrows and letters as commands on cells, unless the focused element itself forbids it.
const CONTROLS = new Set(["input", "select", "button", "summary"]);
export const html = (tag, attributes = {}, ...children) => build(document.createElement(tag),
  CONTROLS.has(tag) ? { ...attributes, "data-lm-suppress-shortcuts": "" } : attributes, children);
export const svg = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

// The colour of a class, a sample, a stamp: an index into the palette, for what the style sheet draws in --series.
export const series = (index) => `--series: var(--segbook-${index % 6})`;
// A share of a colour, 0 … 1, mixed with the ground.
export const tint = (colour, share, ground = "var(--bg)") =>
  `color-mix(in srgb, ${colour} ${(100 * clamp(share, 0, 1)).toFixed(1)}%, ${ground})`;

// A drawing of its own size, named for those who do not see it.
export const canvas = (width, height, name, nodes, attributes = {}) =>
  svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name, ...attributes },
    nodes);

// A drawing with its heading; what stands in small letters beside the name, or (`below`) under it.
export const panel = (name, rest, nodes, { width = null, below = false, ...attributes } = {}) =>
  html("div", { style: width === null ? null : `width: ${width}px`, ...attributes },
    html("p", { class: "caption" }, name, below ? html("br") : " ", html("small", {}, rest)), nodes);
export const panels = (...nodes) => html("div", { class: "panels" }, nodes);

// Words in a drawing: around a place, as the name of a row, as a mark on an axis.
export const centred = (x, y, text, attributes = {}) =>
  svg("text", { x, y, "text-anchor": "middle", "dominant-baseline": "central", ...attributes }, text);
export const label = (x, y, text, attributes = {}) =>
  svg("text", { x, y, class: "name", "dominant-baseline": "central", ...attributes }, text);
export const mark = (x, y, text, attributes = {}) => centred(x, y, text, { class: "index", ...attributes });

// A box of a figure: a square with text, coloured by its series if it has one. A sum that would be too small to read in
// one line stands in a line for each term.
export function box(x, y, size, text, {
  series: index = null, kind = "", width = size, data = {}, strong = false,
} = {}) {
  const fit = (lines) =>
    (width - 6) / ((strong ? 0.74 : 0.6) * Math.max(...lines.map(({ length }) => length), 2));
  const line = [String(text)], terms = line[0].split(/(?=\+)/), lines = fit(line) < READABLE + 2 ? terms : line;
  const fontSize = clamp(fit(lines), lines === line ? 6 : READABLE, strong ? 14 : 13), middle = x + width / 2;
  const spans = lines.map((one, i) =>
    svg("tspan", { x: middle, dy: `${i ? 1 : (1 - lines.length) / 2}em` }, one));
  const colour = index === null ? {} : { style: series(index) };
  return svg("g", { class: `box ${index === null ? "" : "series"} ${kind}`, ...colour, ...data },
    svg("rect", { x: x + 1, y: y + 1, width: width - 2, height: size - 2, rx: Math.min(4, size / 6) }),
    centred(middle, y + size / 2, lines === line ? text : spans, { "font-size": fontSize.toFixed(1) }));
}

// "O = (I − 1)·s" in italics and numbers: letters that stand alone become variables, "w_0" gets its index.
export function symbols(text) {
  if (typeof text !== "string") return [text];
  return text.split(/([A-Za-z]+(?:_\w+)?)/).map((word, i) => {
    const [letter, index] = word.split("_");
    if (i % 2 === 0 || letter.length > 1) return word;
    return html("var", {}, letter, index ? html("sub", {}, index) : null);
  });
}
export const formulaLine = (...parts) =>
  html("div", {}, parts.map((part) => (typeof part === "string" ? symbols(part) : part)));
export const result = (value) => html("b", {}, value);

export const outputPaddingSymbol = () => html("var", { title: "output_padding" }, "p", html("sub", {}, "out"));

// What a drawing says when it cannot be drawn.
export const warning = (text, formula = []) =>
  ({ nodes: [html("p", { class: "warning" }, text)], formula, sentence: text });
