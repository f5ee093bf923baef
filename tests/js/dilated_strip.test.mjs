// Run by test_dilated_strip.py, which writes VECTORS with torch's poolings and convolutions.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { limits, settle, strip } from "../../segbook/widgets/static/dilated_strip.mjs";

const { figures } = JSON.parse(readFileSync(process.env.VECTORS));

test("rows, scores and counts are Python's in every form and at every place", () => {
  assert.equal(figures.length, 4 * 8);
  for (const { state, focus, rows, scores, right, computed } of figures) {
    const found = strip(state);
    assert.equal(found.focus, focus);
    assert.deepEqual(
      found.rows.map((row) => [...row]),
      rows,
    );
    assert.deepEqual([...found.scores], scores);
    assert.deepEqual(found.right, right);
    assert.deepEqual(found.computed, computed);
  }
});

test("what a score reads gives that score", () => {
  for (const { state } of figures) {
    const { focus, rows, scores, tree, apart } = strip(state);
    const value = (level, at) => {
      if (level === 0) return rows[0].get(at);
      assert.ok(tree[level].includes(at));
      const [a, b] = [at, at + apart[level - 1]].map((place) => value(level - 1, place));
      return level % 2 ? Math.max(a, b) : state.kernel[0] * a + state.kernel[1] * b;
    };
    assert.equal(value(4, focus), scores.get(focus));
  }
});

test("strided, a step leads to the next score that there is", () => {
  const strided = (place, before) => settle({ form: "strided", place }, { form: "strided", place: before }).place;
  assert.deepEqual([strided(1, 0), strided(3, 4), strided(4, 0), strided(0, 4)], [4, 0, 4, 0]);
  assert.equal(settle({ form: "dilated", place: 5 }).place, 5);
  assert.equal(settle({ form: "strided", place: 5 }).place, 4);
  assert.deepEqual(limits.place({ form: "strided", signal: figures[0].state.signal }), [0, 4]);
  assert.deepEqual(limits.place({ form: "dilated", signal: figures[0].state.signal }), [0, 7]);
});
