// The frame of every figure: its controls above the drawing, where they stay while the drawing grows and shrinks.
import { buttons, controlsOf, same } from "./controls.mjs";
import { clamp, html, show } from "./page.mjs";

// A state that holds together: what the figure's own rule makes of it, and every number within its limits, which may
// depend on those before it.
export function settled(state, { settle = (s) => s, limits = {} }, before = state) {
  const next = { ...settle(state, before) };
  for (const [name, limit] of Object.entries(limits)) next[name] = clamp(next[name], ...limit(next));
  return next;
}

// Make what anywidget renders, and the rule by which a page tells what settings hold together, of what only this figure
// knows:
// - `limits`: { setting: (state) => [low, high] } where they depend on other settings; `settle(state, before)`, a rule
//   that no limits can say. Both are asked whenever a reader changes something, never about what Python sets.
// - `draw(state, width, memory)`: { nodes, formula, sentence, aside }, from the settings and the width in pixels;
//   `memory` is a table of its own for what takes long to compute, or should stand still. The aside is what somebody
//   who does not see the drawing hears of a change by its keys or buttons that leaves the sentence as it was.
// - `ahead(state, memory)`: a generator that fills the memory for the first drawing. Between its steps the page heeds a
//   finger, which would otherwise wait for all of them.
// - `controls(hand)`: further controls; `start(hand)`: pointing and keys. Either may return a function that ends it.
//   A hand is { state(), set(values), drawing }.
export function live({ title, settle, limits = {}, draw, ahead, controls = () => [], start = () => {} }) {
  const figure = { title, settle, limits, draw, controls, start };
  return {
    render: ({ model, el }) => (ahead ? later : mount)({ ...figure, ahead }, model, el),
    settled: (state) => settled(state, { settle, limits }),
  };
}

const declaredBy = (model) => JSON.parse(model.get("_declared"));
const namesOf = ({ settings }) => settings.map(({ name }) => name);
const stateOf = (model, { constants, ...declared }) =>
  Object.fromEntries([...namesOf(declared), ...constants].map((name) => [name, model.get(name)]));

async function later(figure, model, el) {
  const memory = {}, steps = figure.ahead(stateOf(model, declaredBy(model)), memory);
  for (const _ of steps) await new Promise((done) => setTimeout(done));
  return mount(figure, model, el, memory);
}

function mount({ title, settle, limits, draw, controls, start }, model, el, memory = {}) {
  const declared = declaredBy(model), names = namesOf(declared);
  const drawing = html("div", { class: "drawing" }), formula = html("div", { class: "formula" });
  const sentence = html("p", { class: "sentence", role: "status", "aria-live": "polite" });
  const aside = html("p", { class: "aside", role: "status" });
  const state = () => stateOf(model, declared);
  // All at once: nobody sees, and no kernel hears of, a state that nobody chose.
  const set = (values) => {
    const before = state(), next = settled({ ...before, ...values }, { settle, limits }, before);
    const moved = names.filter((name) => !same(next[name], before[name]));
    moved.forEach((name) => model.set(name, next[name]));
    if (moved.length) model.save_changes();
  };
  const hand = { state, set, limits, drawing, sentence };
  const presets = buttons({ label: "Presets", presets: declared.presets }, hand);
  const { above, more } = controlsOf(declared.settings, controls(hand), hand);
  const parts = [presets, ...above, ...more], rows = (list) => list.map(({ row }) => row);
  el.classList.add("segbook");
  el.replaceChildren(
    html("div", { class: "top" }, html("strong", {}, title), presets.row),
    html("div", { class: "controls", role: "group", "aria-label": `${title}: controls` }, rows(above)),
    ...(more.length ? [html("details", {}, html("summary", {}, "more"),
      html("div", { class: "controls" }, rows(more)))] : []),
    drawing, formula, sentence, aside);

  let width = 0, due = false;
  const update = () => {
    due = false;
    if (!width) return;
    const now = state(), drawn = draw(now, width, memory);
    show(drawing, drawn.nodes);
    show(formula, drawn.formula);
    const news = sentence.textContent !== drawn.sentence;
    if (news) sentence.textContent = drawn.sentence;
    // Sliders, boxes and buttons that stay pressed say themselves what they are now.
    const mute = el.querySelector(":is(.drawing, button:not([aria-pressed])):focus");
    aside.textContent = mute && !news ? drawn.aside ?? "" : "";
    parts.forEach((part) => part.pull(now));
  };
  // Once for a change, however many settings it moves.
  const soon = () => {
    if (!due) queueMicrotask(update);
    due = true;
  };
  const fit = () => {
    const now = Math.floor(drawing.clientWidth);
    if (now !== width) {
      width = now;
      update();
    }
  };
  fit();                                           // at once where the page has laid us out already
  const observer = new ResizeObserver(fit);
  observer.observe(drawing);
  names.forEach((name) => model.on(`change:${name}`, soon));
  const end = start(hand);
  return () => {
    observer.disconnect();
    names.forEach((name) => model.off(`change:${name}`, soon));
    [...parts, { stop: end }].forEach((part) => part.stop?.());
  };
}
