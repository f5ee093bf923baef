// Run by test_softmax_lazy.py, which writes VECTORS with Python and torch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as lazy from "../../segbook/widgets/static/lazy.mjs";
import * as softmax from "../../segbook/widgets/static/softmax.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const near = (actual, expected, about) =>
  assert.ok(Math.abs(actual - expected) <= 1e-9 * (1 + Math.abs(expected)), `${about}: ${actual} is not ${expected}`);
const allNear = (actual, expected, about) => {
  assert.equal(actual.length, expected.length, about);
  expected.forEach((value, i) => near(actual[i], value, `${about} [${i}]`));
};

test("one pixel: log-sum-exp, softmax, loss, gradient and class", () => {
  for (const { logits, label, logSumExp, probs, loss, gradient, pred } of vectors.pixels) {
    const about = JSON.stringify({ logits, label });
    near(softmax.logSumExp(logits), logSumExp, about);
    allNear(softmax.softmax(logits), probs, about);
    near(softmax.pixelLoss(logits, label), loss, about);
    allNear(softmax.pixelLossGradient(logits, label), gradient, about);
    assert.equal(softmax.predictedClass(logits), pred, about);
  }
});

test("a map of pixels with edits has torch's logits and losses", () => {
  for (const { scores, edits, labels, logits, losses } of vectors.maps) {
    const all = softmax.pixelLogits(scores, edits, 3);
    assert.deepEqual(all, logits);
    allNear(
      all.map((values, i) => softmax.pixelLoss(values, labels[i])),
      losses,
      "losses",
    );
  }
});

test("an edit replaces its pixel's earlier one and leaves the others", () => {
  const first = softmax.withEdit([], 4, [1, 2, 3]),
    second = softmax.withEdit(first, 9, [0, 0, 0]);
  assert.deepEqual(second, [4, 1, 2, 3, 9, 0, 0, 0]);
  assert.deepEqual(softmax.withEdit(second, 4, [7, 8, 9]), [9, 0, 0, 0, 4, 7, 8, 9]);
  assert.deepEqual(first, [4, 1, 2, 3]); // not changed in place
});

test("lazy predictors: expected scores, and every pixel of the picture", () => {
  const { height, width, coins } = vectors.picture,
    outward = lazy.outwardOrder(height, width);
  for (const { share, predictor, expected, labels, preds, counted } of vectors.lazy) {
    const about = `${share} % ${predictor}`,
      names = ["accuracy", "iou", "meanIou"];
    const scores = lazy.lazyScores(lazy.expectedShares(share / 100, predictor));
    allNear(
      names.map((name) => scores[name]),
      expected,
      about,
    );
    const kinds = lazy.pixelKinds(Math.round((height * width * share) / 100), predictor, outward, coins);
    const words = labels.map((label, i) =>
      label ? (preds[i] ? "found" : "missed") : preds[i] ? "falseAlarm" : "background",
    );
    assert.deepEqual(kinds, words, about);
    const counts = lazy.countKinds(kinds),
      inThePicture = lazy.lazyScores(counts);
    assert.equal(counts.found + counts.falseAlarm + counts.missed + counts.background, height * width, about);
    allNear(
      names.map((name) => inThePicture[name]),
      counted,
      about,
    );
  }
});
