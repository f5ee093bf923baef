// Run by test_figure.py, which writes VECTORS: what Python declares of every figure.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { settled } from "../../segbook/widgets/static/figure.mjs";

const figures = JSON.parse(readFileSync(process.env.VECTORS));
let seed = 12;
const random = () => {
  // a small generator, so that a failure comes back
  seed = (seed * 16807) % 2147483647;
  return seed / 2147483647;
};

for (const { module, state, declared, presets } of Object.values(figures)) {
  const rules = await import(`../../segbook/widgets/static/${module}.mjs`);
  const numbers = declared.filter(({ kind }) => kind === "slider").map((one) => ({ ...one, max: one.max ?? 40 }));

  test(`${module}: presets hold together as they are`, () => {
    for (const preset of Object.values(presets))
      assert.deepEqual(settled({ ...state, ...preset }, rules), { ...state, ...preset });
  });

  test(`${module}: whatever is moved, a state is settled once and within its limits`, () => {
    for (let i = 0; i < 200; i++) {
      const moved = Object.fromEntries(
        numbers
          .filter(() => random() < 0.5)
          .map(({ name, min, max, step }) => [name, min + step * Math.floor(random() * ((max - min) / step + 1))]),
      );
      const before = { ...state, ...moved },
        frozen = JSON.stringify(before),
        once = settled(before, rules);
      assert.equal(JSON.stringify(before), frozen);
      assert.deepEqual(settled(once, rules), once);
      for (const [name, limit] of Object.entries(rules.limits ?? {})) {
        const [low, high] = limit(once);
        assert.ok(once[name] >= low && once[name] <= Math.max(low, high), `${name} of ${frozen}`);
      }
    }
  });
}

test("what a figure does ahead is what its first drawing would have done, in several steps", async () => {
  const { ahead } = await import("../../segbook/widgets/static/model_compare.mjs");
  const { state } = Object.values(figures).find(({ module }) => module === "model_compare");
  const memory = {},
    steps = [...ahead(state, memory)];
  assert.equal(steps.length, state.maps.models.length);
  assert.deepEqual(Object.values(memory), steps);
  const filled = JSON.stringify(memory);
  for (const again of ahead(state, memory)) assert.ok(steps.includes(again)); // nothing is computed twice
  assert.equal(JSON.stringify(memory), filled);
});

test("a setting follows those that it depends on, one after the other", () => {
  const limits = { a: () => [0, 5], b: ({ a }) => [0, a], c: ({ b }) => [b, 9] };
  assert.deepEqual(settled({ a: 7, b: 9, c: 1 }, { limits }), { a: 5, b: 5, c: 5 });
  assert.deepEqual(settled({ a: 1, b: 0, c: 0 }, { limits, settle: (s) => ({ ...s, b: 9 }) }), { a: 1, b: 1, c: 1 });
});
