// Run by test_shifted_skip.py, which writes VECTORS with segbook.metrics.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asFarAs, rolled, scoresOf, settle } from "../../segbook/widgets/static/shifted_skip.mjs";

const { maps, scores, truth } = JSON.parse(readFileSync(process.env.VECTORS));

test("every stored answer is unpacked and scored as in Python", () => {
  const found = Object.fromEntries(maps.moved.map((moved) => [moved, scoresOf(maps, moved)]));
  assert.equal(scores.length, maps.moved.length * maps.shifts.length);
  for (const { moved, shift, scores: expected, preds } of scores) {
    const one = found[moved].find((each) => each.shift === shift);
    assert.deepEqual(one.preds, preds);
    assert.deepEqual(one.labels, truth[0]);
    assert.deepEqual(rolled(one.labels, shift), truth[shift]);
    [one.still.f, one.moved.f].forEach((f, i) => {
      assert.ok(Math.abs(f - expected[i]) < 1e-9, `${moved} by ${shift}: ${f} is not ${expected[i]}`);
    });
  }
});

test("a shift is one of those that are stored", () => {
  assert.deepEqual(
    [-19, -6.2, 1.9, 2, 9, 40].map((shift) => settle({ shift }).shift),
    [-16, -8, 0, 4, 8, 16],
  );
});

test("the curves reach as far as the skips have moved", () => {
  const all = [-16, -8, 0, 8, 16].map((shift) => ({ shift }));
  const reached = (shift) => asFarAs(shift, all).map((one) => one.shift);
  assert.deepEqual([0, -8, 16].map(reached), [[0], [-8, 0, 8], [-16, -8, 0, 8, 16]]);
});
