// Run by test_look_alikes.py, which writes VECTORS with segbook.widgets.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  alikePlaces,
  best,
  calledOf,
  opens,
  sameThreshold,
  settle,
} from "../../segbook/widgets/static/look_alikes.mjs";

const { rows } = JSON.parse(readFileSync(process.env.VECTORS));

test("probabilities, thresholds and called pixels are those of Python", () => {
  for (const { state, best: p, opens: open, same, called } of rows) {
    assert.ok(Math.abs(best(state.alike, state.weight) - p) < 1e-12);
    assert.ok(Math.abs(sameThreshold(state) - same) < 1e-12);
    assert.equal(opens(state), open, JSON.stringify(state));
    assert.deepEqual(calledOf(state), called);
  }
});

test("look-alikes lie beside the gap, right and left in turn", () => {
  assert.deepEqual(alikePlaces(0), [12]);
  assert.deepEqual(alikePlaces(1), [12, 13]);
  assert.deepEqual(alikePlaces(4), [10, 11, 12, 13, 14]);
});

test("a threshold is a whole number of hundredths", () => {
  assert.equal(settle({ threshold: 0.908 }).threshold, 0.91);
});
