// Run by test_figure_settings.py, which writes VECTORS: what Python declares of every figure; lines of Python, each with
// the state that it must make, go to the file OUT.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import "../../book/_ext/static/figure_settings.js";

const { query, settings, python } = globalThis.figureSettings;
const figures = JSON.parse(readFileSync(process.env.VECTORS));
let seed = 5;
const random = () => {
  seed = (seed * 16807) % 2147483647;
  return seed / 2147483647;
};
const whole = (low, high) => low + Math.floor(random() * (high - low + 1));
const one = (list) => list[whole(0, list.length - 1)];
const entry = (limits) => (typeof limits[0] === "string" ? one(limits) : whole(...limits));
const clean = (value) => Number(value.toFixed(6));

function anyRow(rows) {
  if (Array.isArray(rows)) return rows.map(entry);
  const sorted = Object.keys(rows).sort();
  return Object.fromEntries(sorted.map((name) => [name, entry(rows[name])]));
}

function anything({ kind, options, rows, least, most, flat, min, max, step = 1 }) {
  if (kind === "checkbox") return random() < 0.5;
  if (options) return one(Array.isArray(options) ? options : Object.keys(options));
  if (rows) {
    const table = Array.from({ length: whole(least, Math.min(most, 6)) }, () => anyRow(rows));
    return flat ? table.flat() : table;
  }
  if (kind === "numbers") return Array.from({ length: whole(1, max) }, () => whole(-99, 99) / 10);
  return clean((min ?? 0) + step * whole(0, Math.floor(((max ?? 40) - (min ?? 0)) / step)));
}

const BAD = [
  "",
  "x",
  "1e9",
  "-1e9",
  "NaN",
  "Infinity",
  "1,2;3",
  "9,9,9;9,9,9",
  ",",
  ";",
  "true",
  "0.35",
  "7".repeat(400),
];
const lines = [];

for (const [name, { module, state: start, declared }] of Object.entries(figures)) {
  const { default: figure } = await import(`../../segbook/widgets/static/${module}.mjs`);
  const opened = (text) => figure.settled({ ...start, ...settings(declared, text) });
  const shown = (state) => Object.fromEntries(declared.settings.map((setting) => [setting.name, state[setting.name]]));
  const say = (state) => lines.push({ name, code: python(name, declared, state), state: shown(state) });

  test(`${name}: an address gives back what was set, and nothing at the start`, () => {
    assert.equal(query(declared, start, start), "");
    assert.deepEqual(opened(""), figure.settled(start));
    for (let i = 0; i < 60; i++) {
      const moved = declared.settings.filter(() => random() < 0.6);
      const state = figure.settled({
        ...start,
        ...Object.fromEntries(moved.map((each) => [each.name, anything(each)])),
      });
      const text = query(declared, state, start);
      assert.deepEqual(opened(text), state, text);
      assert.equal(new URL(`https://x.org/a#b?${text}`).hash, `#b?${text}`, "a browser writes it otherwise");
      if (i < 20) say(state);
    }
  });

  test(`${name}: what an address should not say is clipped or left out`, () => {
    for (const setting of declared.settings) {
      for (const bad of BAD) {
        const state = opened(`${setting.name}=${encodeURIComponent(bad)}&nothing=1`);
        assert.deepEqual(Object.keys(state), Object.keys(start));
        say(state);
      }
    }
  });
}

test("an address is short and readable", () => {
  const declared = {
    settings: [
      { name: "stride", default: 1 },
      { name: "x", default: [1], kind: "numbers", max: 6 },
      { name: "word", default: "a", options: ["a", "b c"] },
    ],
  };
  const start = { stride: 1, x: [1], word: "a" };
  assert.equal(query(declared, { stride: 2, x: [1, -0.5], word: "b c" }, start), "stride=2&x=1,-0.5&word=b+c");
  assert.deepEqual(settings(declared, "?x=1,2&stride=2.4"), { x: [1, 2], stride: 2 });
  assert.equal(python("F", declared, { ...start, stride: 2 }), "from segbook.widgets import F\n\nF(stride=2)");
});

process.on("exit", () => writeFileSync(process.env.OUT, JSON.stringify(lines)));
