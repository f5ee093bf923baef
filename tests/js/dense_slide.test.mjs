// Run by test_dense_slide.py, which writes VECTORS with torch's convolution and dense layer.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { limits, slid } from "../../segbook/widgets/static/dense_slide.mjs";

const { figures } = JSON.parse(readFileSync(process.env.VECTORS));

test("features, scores and counts are Python's for every patch and image", () => {
  assert.ok(figures.length > 10);
  for (const { state, features, scores, multiplications } of figures) {
    const found = slid(state);
    assert.deepEqual(found.features, features);
    assert.deepEqual(found.scores, scores);
    assert.deepEqual([found.apart, found.together], multiplications);
    assert.equal(limits.row(state)[1], scores.length - 1);
  }
});
