// Run by test_patches.py, which writes VECTORS by brute force and with segbook.shapes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { centresAround, patchCosts, readCounts, runs } from "../../segbook/widgets/static/patches.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));

test("how often each pixel is read, and by which centres", () => {
  for (const { size, patchSize, counts, centres } of vectors.counts) {
    assert.deepEqual(readCounts(size, patchSize), counts, `${size}, ${patchSize}`);
    assert.deepEqual(
      counts.map((_, i) => centresAround(i, size, patchSize)),
      centres,
      `${size}, ${patchSize}`,
    );
  }
});

test("multiply–adds of every patch and of one pass", () => {
  for (const { size, layer, patches, onePass } of vectors.costs) {
    const costs = patchCosts(size, layer);
    assert.equal(costs.patches, patches);
    assert.equal(costs.onePass, onePass);
    assert.ok(Math.abs(costs.ratio - patches / onePass) < 1e-9);
  }
});

test("runs cover the axis without gaps", () => {
  for (const { counts } of vectors.counts) {
    const found = runs(counts);
    assert.deepEqual(
      found.flatMap(({ from, to, value }) => new Array(to - from).fill(value)),
      counts,
    );
    assert.ok(found.every(({ value }, i) => !i || found[i - 1].value !== value));
  }
});
