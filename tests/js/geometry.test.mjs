// Run by test_geometry.py, which writes VECTORS with Python and torch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { flatKernel } from "../../segbook/widgets/static/checkerboard.mjs";
import * as geometry from "../../segbook/widgets/static/geometry.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const close = (actual, expected, about) => {
  assert.equal(actual.length, expected.length, about);
  expected.forEach((value, i) =>
    Array.isArray(value)
      ? close(actual[i], value, about)
      : assert.ok(Math.abs(actual[i] - value) < 1e-9, `${about}: [${i}] ${actual[i]} is not ${value}`),
  );
};
const about = ({ y, matrix, counts, stamped, resized, noise, weights, untouched, ...settings }) =>
  JSON.stringify(settings);

test("sizes, groups and the way back", () => {
  for (const vector of vectors.sizes) {
    const output = geometry.convOutputSize(vector.inputSize, vector);
    if (vector.output === null) {
      assert.ok(output < 1, about(vector));
      continue;
    }
    assert.equal(output, vector.output, about(vector));
    assert.deepEqual(geometry.collapsingInputSizes(output, vector), vector.group, about(vector));
    assert.equal(geometry.restoringOutputPadding(vector.inputSize, vector), vector.restoring, about(vector));
  }
});

test("three views of a transposed convolution agree with torch and with the matrix", () => {
  for (const vector of vectors.signals) {
    const { x, weight, y } = vector,
      kernelSize = weight.length;
    const size = geometry.convTransposeOutputSize(x.length, { ...vector, kernelSize });
    assert.equal(Math.max(size, 0), y.length, about(vector));
    close(geometry.convTranspose1d(x, weight, vector), y, `stamps ${about(vector)}`);
    if (!y.length) continue;
    const zeros = geometry.zeroInserted(x, { ...vector, kernelSize });
    close(
      geometry.conv1d(zeros.values, [...weight].reverse(), { dilation: vector.dilation }),
      y,
      `zeros ${about(vector)}`,
    );
    const places = zeros.source.flatMap((i, q) => (i === null ? [] : [[i, zeros.first + q]]));
    const last = zeros.first + zeros.source.length - 1;
    const expected = x.map((_, i) => [i, i * vector.stride]).filter(([, at]) => at >= zeros.first && at <= last);
    assert.deepEqual(places, expected, about(vector));
    const matrix = geometry
      .transposedMatrix(x.length, weight, vector)
      .map((row) => row.map((j) => (j === null ? 0 : weight[j])));
    close(matrix, vector.matrix, `matrix ${about(vector)}`);
  }
});

test("an ordinary convolution, strided, padded and dilated", () => {
  // Adjoint to the transposed one, which torch has just confirmed: the inner products agree.
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  for (const vector of vectors.signals) {
    if (!vector.y.length || vector.outputPadding >= vector.stride) continue;
    const u = vector.y.map((_, i) => ((i * 7) % 5) - 2);
    close([dot(geometry.conv1d(u, vector.weight, vector), vector.x)], [dot(u, vector.y)], about(vector));
  }
});

test("overlap counts, a transposed convolution and a resized image in the plane", () => {
  for (const vector of vectors.boards) {
    const flat = Array.from({ length: vector.inputSize }, () => new Array(vector.inputSize).fill(1));
    const kernel = flatKernel(vector.kernel, vector.kernelSize, vector.stride, vector.noise);
    close(kernel, vector.weights, `kernel ${about(vector)}`);
    const axis = geometry.overlapCounts(vector.inputSize, vector);
    close(
      axis.map((a) => axis.map((b) => a * b)),
      vector.counts,
      `counts ${about(vector)}`,
    );
    close(geometry.convTranspose2d(flat, kernel, vector.stride), vector.stamped, `stamped ${about(vector)}`);
    const smooth = kernel.map((row) => row.map((weight) => weight / vector.stride ** 2));
    close(
      geometry.conv2d(geometry.resizeNearest(flat, vector.stride), smooth),
      vector.resized,
      `resized ${about(vector)}`,
    );
    const [from, to] = geometry.interior(vector.inputSize, vector);
    assert.deepEqual(
      Array.from({ length: to - from }, (_, i) => from + i),
      vector.untouched,
      about(vector),
    );
  }
});
