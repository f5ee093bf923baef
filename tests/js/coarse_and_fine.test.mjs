// Run by test_coarse_and_fine.py, which writes VECTORS with torch's pooling and convolution.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { limits, rowsOf } from "../../segbook/widgets/static/coarse_and_fine.mjs";

const { figures } = JSON.parse(readFileSync(process.env.VECTORS));

test("rows and counts are Python's for every edge, threshold, weight and bias", () => {
  assert.ok(figures.length > 100);
  for (const { state, rows, wrong } of figures) {
    const found = rowsOf(state);
    for (const [name, values] of Object.entries(rows)) assert.deepEqual(found[name], values, name);
    assert.deepEqual(found.wrong, wrong);
    assert.deepEqual(limits.edge(state), [8, 11]);
  }
});
