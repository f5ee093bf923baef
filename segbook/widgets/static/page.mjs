// Helpers for the page, shared by all figures: elements, sliders, presets. No framework.

const SVG = "http://www.w3.org/2000/svg";

// A name that no other element of the page has. Each figure brings a copy of this module, so the count is the page's.
export function unique(name) {
  globalThis.segbookNames = (globalThis.segbookNames ?? 0) + 1;
  return `segbook-${name}-${globalThis.segbookNames}`;
}

// Values too long for a cell lose digits, not the figure its layout.
export const short = (value) => String(Math.round(value * 100) / 100).replace("-", "−");
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}
// JupyterLab reads arrows and letters as commands on cells, unless the focused element itself forbids it.
const CONTROLS = new Set(["input", "select", "button", "summary"]);
export const html = (tag, attributes = {}, ...children) => build(document.createElement(tag),
  CONTROLS.has(tag) ? { ...attributes, "data-lm-suppress-shortcuts": "" } : attributes, children);
export const svg = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

// A box of a figure: a square with text, coloured by `series` (an index into the palette) if it has one.
export function box(x, y, size, text, { series = null, kind = "", width = size, data = {}, strong = false } = {}) {
  const fontSize = clamp((width - 6) / ((strong ? 0.74 : 0.6) * Math.max(String(text).length, 2)), 6, strong ? 14 : 13);
  const colour = series === null ? {} : { style: `--series: var(--segbook-${series % 6})` };
  return svg("g", { class: `box ${series === null ? "" : "series"} ${kind}`, ...colour, ...data },
    svg("rect", { x: x + 1, y: y + 1, width: width - 2, height: size - 2, rx: Math.min(4, size / 6) }),
    svg("text", { x: x + width / 2, y: y + size / 2, "font-size": fontSize.toFixed(1),
                  "text-anchor": "middle", "dominant-baseline": "central" }, text));
}

export const label = (x, y, text, attributes = {}) =>
  svg("text", { x, y, class: "name", "dominant-baseline": "central", ...attributes }, text);

// A labelled range. `get` and `set` read and write the model; limits may be functions of the other settings;
// `show` writes the value beside it.
export function slider(model, trait, text, {
  min = 0, max, step = 1, show = String,
  get = () => model.get(trait), set = (value) => change(model, { [trait]: value }),
}) {
  const id = unique(trait);
  const output = html("output", { for: id });
  const input = html("input", { type: "range", id, step, "data-trait": trait });
  const limit = (bound) => (typeof bound === "function" ? bound() : bound);
  const pull = () => {
    input.min = limit(min);
    input.max = Math.max(limit(max), limit(min));
    input.value = get();
    input.disabled = limit(max) <= limit(min);
    input.style.setProperty("--share", (input.value - input.min) / Math.max(input.max - input.min, 1));
    output.textContent = show(get());
    input.setAttribute("aria-valuetext", output.textContent);
  };
  onSlide(input, () => set(Number(input.value)), pull);
  return { row: html("div", { class: "setting" }, html("label", { for: id }, text), input, output), pull };
}

// A finger on a slider may be about to scroll the page: it moves the slider once it has gone sideways, or when it lifts
// where it came down. Until then, and when the page takes the gesture over, the setting stays (`pull` shows it again).
const SIDEWAYS = 8;                                // pixels
function onSlide(input, set, pull) {
  let finger = null;                               // where it came down; { lost: true } once the page scrolls
  input.addEventListener("pointerdown", (event) => { finger = event.pointerType === "touch" ? { x: event.clientX } : null; });
  input.addEventListener("pointermove", (event) => {
    if (finger && !finger.lost && Math.abs(event.clientX - finger.x) > SIDEWAYS) finger = null;
  });
  input.addEventListener("pointerup", () => {
    if (finger && !finger.lost) set();
    finger = null;
  });
  input.addEventListener("pointercancel", () => { if (finger) finger.lost = true; pull(); });
  input.addEventListener("input", () => { if (!finger) set(); });
  input.addEventListener("change", () => { if (finger) pull(); });
}

export function change(model, values) {
  for (const [trait, value] of Object.entries(values)) model.set(trait, value);
  model.save_changes();
}

// Buttons for named settings. The one in force is pressed.
export function presetButtons(model, presets) {
  const entries = Object.entries(presets).map(([name, values]) => ({
    values, button: html("button", { type: "button", click: () => change(model, values) }, name),
  }));
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const pull = () => entries.forEach(({ values, button }) => button.setAttribute(
    "aria-pressed", String(Object.entries(values).every(([trait, value]) => same(model.get(trait), value)))));
  return { row: html("div", { class: "presets", role: "group", "aria-label": "Presets" },
    entries.map(({ button }) => button)), pull };
}

// A row of number fields for a list trait; anything that is no finite number leaves the old value in place.
export function numberFields(model, trait, text) {
  const fields = html("span", { class: "fields" });
  const pull = () => {
    const values = model.get(trait);
    if (fields.children.length !== values.length) {
      fields.replaceChildren(...values.map((_, i) => html("input", {
        type: "number", step: "any", "data-trait": trait, "data-index": i, "aria-label": `${text} ${i}`,
        change: (event) => {
          const value = event.target.valueAsNumber, next = [...model.get(trait)];
          if (Number.isFinite(value)) next[i] = clamp(value, -999, 999);
          change(model, { [trait]: next });
          pull();
        },
      })));
    }
    values.forEach((value, i) => { fields.children[i].value = value; });
  };
  return { row: html("div", { class: "setting wide" }, html("span", {}, text), fields), pull };
}

export function choice(model, trait, text, options) {
  const id = unique(trait);
  const select = html("select", { id, "data-trait": trait, change: () => change(model, { [trait]: select.value }) },
    Object.entries(options).map(([value, name]) => html("option", { value }, name)));
  return { row: html("div", { class: "setting" }, html("label", { for: id }, text), select),
           pull: () => { select.value = model.get(trait); } };
}

export function checkbox(model, trait, text) {
  const input = html("input", { type: "checkbox", "data-trait": trait,
                                change: () => change(model, { [trait]: input.checked }) });
  return { row: html("label", { class: "setting check" }, input, text), pull: () => { input.checked = model.get(trait); } };
}

// The frame of every figure: title, presets, the drawing, the formula, visible controls, the rest behind "more".
// `draw(width)` returns { nodes, formula, sentence }; it runs again when a trait or the width changes.
export function figure({ model, el, title, presets, controls = [], more = [], traits, draw }) {
  const drawing = html("div", { class: "drawing" });
  const formula = html("div", { class: "formula" });
  const sentence = html("p", { class: "sentence", role: "status", "aria-live": "polite" });
  const buttons = presetButtons(model, presets);
  const parts = [buttons, ...controls, ...more];
  el.classList.add("segbook");
  el.replaceChildren(
    html("div", { class: "top" }, html("strong", {}, title), buttons.row),
    html("div", { class: "controls", role: "group", "aria-label": `${title}: controls` }, controls.map((c) => c.row)),
    drawing, formula,
    ...(more.length ? [html("details", {}, html("summary", {}, "more"),
      html("div", { class: "controls" }, more.map((c) => c.row)))] : []),
    sentence);

  let width = 0, due = false;
  const update = () => {
    due = false;
    if (!width) return;
    const result = draw(width);
    drawing.replaceChildren(...result.nodes);
    formula.replaceChildren(...result.formula);
    if (sentence.textContent !== result.sentence) sentence.textContent = result.sentence;
    parts.forEach((part) => part.pull());
  };
  // Once for a change, however many traits it moves.
  const soon = () => {
    if (!due) queueMicrotask(update);
    due = true;
  };
  const fit = () => {
    const now = Math.floor(drawing.clientWidth);
    if (now !== width) { width = now; update(); }
  };
  fit();                                           // at once where the page has laid us out already
  const observer = new ResizeObserver(fit);
  observer.observe(drawing);
  traits.forEach((trait) => model.on(`change:${trait}`, soon));
  return {
    drawing,
    stop: () => { observer.disconnect(); traits.forEach((trait) => model.off(`change:${trait}`, soon)); },
  };
}

// Drags with mouse, pen and finger alike. A surface is an element with data-surface; its value names it, so that it is
// found again when a redraw has replaced it. grab(x, y, name) says what lies there (null: nothing, and the page scrolls
// as ever), move(thing, x, y) follows, release(thing) ends. x and y are shares of the surface, 0 … 1, and leave that
// range where the pointer leaves the surface. Elements with data-grab get the cursor of something to be grabbed.
// What only moves sideways (`sideways`) is taken by a finger that goes sideways, or by a tap: one that goes up or down
// scrolls the page.
export function drag(area, { grab, move, release = () => {}, sideways = false }) {
  let held = null, waiting = null;
  const share = (event, surface) => {
    const { left, top, width, height } = surface.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  area.addEventListener("pointerdown", (event) => {
    const surface = event.target.closest?.("[data-surface]");
    if (held || event.button !== 0 || !surface) return;
    if (sideways && event.pointerType === "touch") waiting = event;
    else take(event, surface);
  });
  function take(event, surface) {
    const name = surface.dataset.surface, thing = grab(...share(event, surface), name) ?? null;
    if (thing === null) return;
    held = { thing, name, pointer: event.pointerId };
    area.setPointerCapture(event.pointerId);       // the node under the pointer is about to be replaced
    area.classList.add("dragging");
    if (area.tabIndex >= 0) area.focus({ preventScroll: true });
    event.preventDefault();
  }
  // touch-action on a part of an SVG is not heard everywhere; this keeps a finger that holds something from scrolling.
  area.addEventListener("touchstart", (event) => { if (held) event.preventDefault(); }, { passive: false });
  area.addEventListener("pointermove", (event) => {
    if (event.pointerId === waiting?.pointerId && Math.abs(event.clientX - waiting.clientX) > SIDEWAYS) {
      const surface = waiting.target.closest("[data-surface]");
      waiting = null;
      take(event, surface);
    }
    const surface = event.pointerId === held?.pointer
      && [...area.querySelectorAll("[data-surface]")].find((element) => element.dataset.surface === held.name);
    if (surface) move(held.thing, ...share(event, surface));
  });
  const end = (event) => {
    if (event.type === "pointerup" && event.pointerId === waiting?.pointerId) {
      take(event, waiting.target.closest("[data-surface]"));
    }
    waiting = null;
    if (event.pointerId !== held?.pointer) return;
    const { thing } = held;
    held = null;
    area.classList.remove("dragging");
    release(thing);
  };
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) area.addEventListener(type, end);
}

// Arrow keys move what was chosen: step(dx, dy), ten times as far with Shift; other keys go to `other(key)`, which says
// whether it used them. The area becomes a stop of the Tab key.
export function arrowKeys(area, { label: name, step, other = () => false }) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  area.tabIndex = 0;
  for (const [attribute, value] of [["role", "group"], ["aria-label", name], ["data-lm-suppress-shortcuts", ""]]) {
    area.setAttribute(attribute, value);
  }
  area.addEventListener("keydown", (event) => {
    if (event.target !== area || event.ctrlKey || event.altKey || event.metaKey) return;
    const arrow = arrows[event.key], far = event.shiftKey ? 10 : 1;
    if (arrow) step(arrow[0] * far, arrow[1] * far);
    if (arrow || other(event.key)) event.preventDefault();
  });
}

// "O = (I − 1)·s" in italics and numbers: letters that stand alone become variables.
export function formulaLine(...parts) {
  return html("div", {}, parts.flatMap((part) => typeof part === "string"
    ? part.split(/([A-Za-z]+)/).map((bit, i) => (i % 2 && bit.length === 1 ? html("var", {}, bit) : bit)) : [part]));
}

export const outputPaddingSymbol = () => html("var", { title: "output_padding" }, "p", html("sub", {}, "out"));
