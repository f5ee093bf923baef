// The controls of a figure, built from what Python declares about its settings (segbook/widgets/controls.py) and from
// what a figure adds in the same words. A control is { row, pull }: its element, and how it reads the state again.
import { clamp, fixed, html, range, short, symbols, unique } from "./page.mjs";
import { onSlide } from "./pointing.mjs";

const BESIDE_TITLE = 2, UNTITLED = 6;              // buttons that a phone has room for
const call = (value, state) => (typeof value === "function" ? value(state) : value);
const row = (...children) => html("div", { class: "setting" }, children);
// How a value is written: as many decimals as its step has, or its name, and its unit.
function shown({ step = 1, unit = "", names = [], show = null, min }, value, state) {
  if (show) return show(value, state);
  if (names.length) return names[value - min];
  const digits = String(step).split(".")[1]?.length ?? 0;
  return `${digits ? fixed(value, digits) : short(value)}${unit}`;
}

// A labelled range. Its limits may depend on the state; `get` reads its value from the state and `put` says what a new
// value sets, if that is more than the trait of its name.
function slider(setting, { state, set, limits }) {
  const { name, label, step = 1, min = 0, max, get = (s) => s[name], put = (value) => ({ [name]: value }) } = setting;
  const bounds = (s) => limits[name]?.(s) ?? [call(min, s) ?? 0, call(max, s)];
  // Silent: the slider says its value itself, and what moves others with it is told by the figure's sentence.
  const id = unique(name), output = html("output", { for: id, "aria-live": "off" });
  const input = html("input", { type: "range", id, step, "data-trait": name });
  let room = 1;                                    // letters: never fewer, or the sliders behind would move about
  const pull = (s = state()) => {
    const [low, high] = bounds(s), value = get(s);
    input.min = low;
    input.max = Math.max(high, low);
    input.value = value;
    input.disabled = high <= low;
    input.style.setProperty("--share", (input.value - low) / Math.max(high - low, 1e-9));
    output.textContent = shown(setting, value, s);
    input.setAttribute("aria-valuetext", output.textContent);
    room = Math.max(room, ...[low, high, value].map((v) => String(shown(setting, v, s)).length));
    output.style.minWidth = `${room}ch`;
  };
  onSlide(input, () => set(put(Number(input.value), state())), pull);
  return { row: row(html("label", { for: id }, symbols(label)), input, output), pull };
}

function checkbox({ name, label }, { state, set }) {
  const input = html("input", { type: "checkbox", "data-trait": name, change: () => set({ [name]: input.checked }) });
  return { row: html("label", { class: "setting check" }, input, symbols(label)),
           pull: (s = state()) => { input.checked = s[name]; } };
}

function choice({ name, label, options }, { state, set }) {
  const id = unique(name);
  const select = html("select", { id, "data-trait": name, change: () => set({ [name]: select.value }) },
    Object.entries(options).map(([value, text]) => html("option", { value }, text)));
  return { row: row(html("label", { for: id }, label), select), pull: (s = state()) => { select.value = s[name]; } };
}

// Buttons for named settings. The one in force is pressed; what the state rules out (`may`) cannot be. Where they would
// take several rows of a phone, a list that opens stands in for them (figure.css shows either).
export function buttons({ label, presets, title = null, may = () => true }, { state, set }) {
  const entries = Object.entries(presets).map(([name, values], i) => ({
    values, button: html("button", { type: "button", click: () => set(values) }, name),
    option: html("option", { value: i }, name),
  }));
  const listed = entries.length > (title ? BESIDE_TITLE : UNTITLED);
  const list = html("select", { "aria-label": label, change: () => set(entries[list.value].values) },
    html("option", { value: -1, hidden: "" }, label.toLowerCase()), entries.map(({ option }) => option));
  const pull = (s = state()) => {
    const within = ({ values }) => Object.entries(values).every(([name, value]) => same(s[name], value));
    entries.forEach((one) => {
      one.button.setAttribute("aria-pressed", String(within(one)));
      one.button.disabled = one.option.disabled = !may(one.values, s);
    });
    list.value = entries.findIndex(within);
  };
  const shown = title ? html("span", {}, title) : null;
  return { row: html("div", { class: listed ? "presets listed" : "presets", role: "group", "aria-label": label }, shown,
    entries.map(({ button }) => button), listed ? list : null), pull };
}

// A row of number fields for a list; anything that is no finite number leaves the old value in place.
function fields({ name, label }, { state, set }) {
  const inputs = html("span", { class: "fields" });
  const write = (event, i) => {
    const value = event.target.valueAsNumber;
    const typed = state()[name].map((old, j) => (j === i ? clamp(value, -999, 999) : old));
    if (Number.isFinite(value)) set({ [name]: typed });
    pull();
  };
  const field = (i) => html("input", { type: "number", step: "any", "data-trait": name, "data-index": i,
    "aria-label": `${label} ${i}`, change: (event) => write(event, i) });
  const pull = (s = state()) => {
    const values = s[name];
    if (inputs.children.length !== values.length) inputs.replaceChildren(...values.map((_, i) => field(i)));
    values.forEach((value, i) => { inputs.children[i].value = value; });
  };
  return { row: html("div", { class: "setting wide" }, html("span", {}, label), inputs), pull };
}

const resized = (values, length, fill) => range(length).map((i) => values[i] ?? fill[i % fill.length]);
const KINDS = {
  slider, checkbox, choice,
  buttons: ({ name, label, options }, hand) => buttons({ label, title: label,
    presets: Object.fromEntries(Object.entries(options).map(([value, text]) => [text, { [name]: value }])) }, hand),
  numbers: (setting, hand) => slider({ ...setting, label: setting.length, get: (s) => s[setting.name].length,
    put: (length, s) => ({ [setting.name]: resized(s[setting.name], length, setting.fill) }) }, hand),
  fields,
};

// All controls in order: those above the drawing, and those behind "more". What a figure adds stands where Python
// names the setting that it changes (`of`, or its name), or says after which setting it comes (`after`), or comes last.
// Lists of numbers have their fields at the end.
export function controlsOf(declared, added, hand) {
  const settings = declared.flatMap((one) => (one.kind ? [one]
    : added.filter(({ name, of = name }) => of === one.name)));
  for (const one of added.filter((each) => !settings.includes(each))) {
    const at = settings.findIndex(({ name }) => name === one.after);
    settings.splice(at < 0 ? settings.length : at + 1, 0, one);
  }
  for (const one of declared) if (one.kind === "numbers") settings.push({ ...one, kind: "fields", more: true });
  const built = settings.map((one) =>
    ({ more: one.more, ...(one.row ? one : KINDS[one.kind ?? "slider"](one, hand)) }));
  return { above: built.filter(({ more }) => !more), more: built.filter(({ more }) => more) };
}

// Values of settings compare as text: numbers, words, lists and tables alike.
export const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
