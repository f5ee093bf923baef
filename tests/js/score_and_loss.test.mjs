// Run by test_score_and_loss.py, which writes VECTORS with torch's autograd and segbook.metrics.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { descend, gradientAt, iouAt, jumps, lossAt, slopeAt } from "../../segbook/widgets/static/one_weight.mjs";
import { settle } from "../../segbook/widgets/static/score_and_loss.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const near = (actual, expected, about) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${about}: ${actual} is not ${expected}`);

test("path, loss, slope, score and p − y are those of Python", () => {
  assert.ok(vectors.figures.length > 40);
  for (const { network, weight, rate, steps, path, loss, slope, iou, gradient } of vectors.figures) {
    const about = `w ${weight}, rate ${rate}, ${steps} steps`;
    const found = descend(network, weight, { rate, steps });
    assert.equal(found.length, path.length, about);
    path.forEach((value, i) => {
      near(found[i], value, about);
    });
    near(lossAt(network, path.at(-1)), loss, about);
    near(slopeAt(network, path.at(-1)), slope, about);
    assert.equal(iouAt(network, path.at(-1)), iou, about);
    gradientAt(network, path.at(-1)).forEach((value, i) => {
      near(value, gradient[i], about);
    });
  }
});

test("the score jumps twice", () => {
  const { network } = vectors.figures[0];
  const found = jumps(network, 0, 5);
  assert.equal(found.length, 2);
  vectors.jumps.forEach((at, i) => {
    near(found[i], at, "a jump");
  });
});

test("a weight is a number of tenths within its limits, and a step whole", () => {
  const settled = [-3, 0.44, 1.1000000001, 9].map((weight) => settle({ weight, step: 2.6 }));
  assert.deepEqual(
    settled.map(({ weight }) => weight),
    [0, 0.4, 1.1, 4],
  );
  assert.equal(settled[0].step, 3);
});
