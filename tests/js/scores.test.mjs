// Run by test_scores.py, which writes VECTORS with torch and segbook.shapes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as scores from "../../segbook/widgets/static/scores.mjs";
import * as stacks from "../../segbook/widgets/static/stacks.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));

test("receptive field, jump, start and sizes are those of segbook.shapes", () => {
  for (const vector of vectors.stacks) {
    const about = JSON.stringify(vector),
      stack = stacks.stackOf(vector.layers, vector.imageSize);
    assert.equal(stack.fits, vector.fits, about);
    for (const name of ["receptiveField", "jump", "start"]) assert.equal(stack[name], vector[name], `${name} ${about}`);
    assert.deepEqual(stack.rows[0], { receptiveField: 1, jump: 1, start: 0 });
    assert.equal(stack.rows.length, vector.layers.length + 1);
    if (!vector.fits) continue;
    assert.equal(stack.outputSize, vector.outputSize, about);
    assert.equal(stack.sizes.length, vector.layers.length + 1);
    assert.deepEqual(stacks.windowOf(stack, vector.index), vector.window, about);
  }
});

test("the samples that a score reads are those that autograd finds", () => {
  for (const vector of vectors.stacks.filter(({ fits }) => fits)) {
    const inside = stacks.readBy(vector.layers, vector.index).filter((i) => i >= 0 && i < vector.imageSize);
    // Between two layers, padding cuts off what the walk back follows: torch then reads less, never more.
    if (vector.layers.slice(1).every(({ padding }) => padding === 0))
      assert.deepEqual(inside, vector.reads, JSON.stringify(vector));
    else
      assert.ok(
        vector.reads.every((i) => inside.includes(i)),
        JSON.stringify(vector),
      );
  }
});

test("what is left out has torch's defaults", () => {
  assert.deepEqual(stacks.stackOf([{ kernelSize: 3 }, { kernelSize: 2, stride: 2 }], 9).sizes, [9, 7, 3]);
});

test("masks are unpacked as they were packed", () => {
  assert.deepEqual(scores.unpack(vectors.grids[0].truth), vectors.truth);
  assert.deepEqual(scores.unpack(vectors.grids[0].gaps), vectors.gaps);
});

test("centres, coarse labels and what is left of the gaps are Python's", () => {
  for (const vector of vectors.grids) {
    const about = JSON.stringify([vector.layers, vector.mirror]);
    const stack = stacks.stackOf(scores.scoreLayers(vector.layers, vector.mirror), vectors.size);
    assert.equal(stack.fits ? stack.outputSize : 0, vector.scores, about);
    assert.deepEqual(
      vector.centres.map((_, n) => scores.centreOf(stack, n)),
      vector.centres,
      about,
    );
    const labels = scores.coarseLabels(vectors.truth, stack);
    assert.deepEqual(labels, vector.labels, about);
    const { kept, lost, unanswered } = scores.survivors(vectors.gaps, labels, 0);
    assert.equal(kept, vector.kept, about);
    assert.equal(kept + lost + unanswered, vector.all, about);
  }
});
