// Run by test_downsampling_stacks.py, which writes VECTORS with Python and torch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as downsampling from "../../segbook/widgets/static/downsampling.mjs";
import { conv1d, convOutputSize } from "../../segbook/widgets/static/geometry.mjs";
import { readBy, stackRows } from "../../segbook/widgets/static/stacks.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const about = ({ matrix, unread, image, y, ...settings }) => JSON.stringify(settings);

test("the taps of every window, the matrix and the samples that nobody reads", () => {
  for (const vector of vectors.lines) {
    const size = Math.max(convOutputSize(vector.inputSize, vector), 0);
    assert.equal(size, vector.matrix.length, about(vector));
    const taps = downsampling.matrixTaps(vector.inputSize, size, vector);
    assert.deepEqual(
      taps.map((row) => row.map((j) => (j === null ? 0 : j + 1))),
      vector.matrix,
      about(vector),
    );
    if (!size) continue;
    assert.deepEqual(downsampling.unreadSamples(vector.inputSize, size, vector), vector.unread, about(vector));
  }
});

test("the nearest window is the one whose middle is nearest", () => {
  for (const vector of vectors.lines.filter(({ matrix }) => matrix.length)) {
    const size = vector.matrix.length;
    const middles = Array.from({ length: size }, (_, n) => {
      const places = downsampling.windowPlaces(n, vector);
      return (places[0] + places.at(-1)) / 2;
    });
    for (let place = -vector.padding; place < vector.inputSize + vector.padding; place++) {
      const n = downsampling.nearestWindow(place, size, vector);
      const distances = middles.map((middle) => Math.abs(middle - place));
      assert.equal(n, distances.indexOf(Math.min(...distances)), `${place} ${about(vector)}`);
    }
  }
});

test("outputs of the plane: mean, edges, maximum", () => {
  for (const vector of vectors.planes) {
    const out = [vector.image.length, vector.image[0].length].map((size) => convOutputSize(size, vector));
    const y = downsampling.planeOutput(vector.image, out, vector, vector.operation);
    assert.deepEqual([y.length, y[0].length], [vector.y.length, vector.y[0].length], about(vector));
    y.forEach((line, r) =>
      line.forEach((value, c) => {
        const finite = Number.isFinite(value) ? value : -999;
        assert.ok(
          Math.abs(finite - vector.y[r][c]) < 1e-9,
          `[${r}, ${c}] ${value} is not ${vector.y[r][c]}: ${about(vector)}`,
        );
      }),
    );
  }
});

test("the recursion, and exactly the samples that an output reads", () => {
  for (const { layers, n, rows, reads } of vectors.stacks) {
    assert.deepEqual(
      stackRows(layers).map(({ receptiveField, jump }) => [receptiveField, jump]),
      rows,
      JSON.stringify(layers),
    );
    assert.deepEqual(readBy(layers, n), reads, JSON.stringify(layers));
  }
});

test("the chapter's example", () => {
  assert.deepEqual(conv1d([3, 1, 4, 1, 5, 9, 2, 6], [1, 2, 3], { stride: 2 }), vectors.example);
});
