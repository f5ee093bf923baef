// Run by test_learning.py, which writes VECTORS with torch's autograd.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { settle } from "../../segbook/widgets/static/learned_kernel.mjs";
import { boardOf, firstKernel, layerOf, learn, means, sumsOf } from "../../segbook/widgets/static/learning.mjs";

const { learned: vectors } = JSON.parse(readFileSync(process.env.VECTORS));
const close = (actual, expected, about) => {
  assert.equal(actual.length, expected.length, about);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) < 1e-9, `${about}: [${i}] ${actual[i]} is not ${value}`);
  });
};

test("every loss, the last kernel and its sums are those that torch's autograd learns", () => {
  assert.ok(vectors.length > 20);
  for (const {
    start,
    loss,
    rate,
    target,
    noise,
    kernelSize,
    stride,
    layer,
    input,
    losses,
    kernel,
    sums,
    board,
  } of vectors) {
    const about = `${loss}, ${start}, ${kernelSize} over ${stride}`;
    const rules = layerOf(kernelSize, stride);
    assert.deepEqual(rules, layer, about);
    close(means(target, stride), input, about);
    const first = firstKernel(start, kernelSize, stride, noise);
    const found = learn(target, first, rules, { steps: losses.length - 1, rate, loss });
    close(found.losses, losses, about);
    close(found.kernels.at(-1), kernel, about);
    close(sumsOf(found.kernels.at(-1), stride), sums, about);
    close([boardOf(sumsOf(found.kernels.at(-1), stride))], [board], about);
  }
});

test("a step between two is the nearer one", () => {
  assert.deepEqual(
    [0, 3.4, 3.6, 100].map((step) => settle({ step }).step),
    [0, 3, 4, 100],
  );
});
