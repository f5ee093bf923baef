// Run by test_border.py, which writes VECTORS with segbook.pixel_weights.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as border from "../../segbook/widgets/static/border.mjs";
import { rasterise } from "../../segbook/widgets/static/scene.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const near = (actual, expected, about) =>
  assert.ok(
    Math.abs(actual - (expected ?? Infinity)) <= 1e-5 * (1 + Math.abs(expected)) ||
      (expected === null && actual === Infinity),
    `${about}: ${actual} is not ${expected}`,
  );
const same = (map, expected, about) =>
  map.flat().forEach((value, i) => near(value, expected[i], `${about}, pixel ${i}`));

test("discs, the carve, both distances and the weights are those of segbook", () => {
  for (const { cells, height, width, drawn, carved, d1, d2, weights, settings } of vectors.scenes) {
    const ids = rasterise(
        cells.map((cell) => [1, ...cell]),
        width,
        height,
      ),
      about = JSON.stringify(cells);
    assert.deepEqual(ids.flat(), drawn, about);
    const parted = border.carveTouching(ids),
      distances = border.borderDistances(parted);
    assert.deepEqual(parted.flat(), carved, about);
    same(distances[0], d1, `d1 ${about}`);
    same(distances[1], d2, `d2 ${about}`);
    same(border.weightsOf(parted, distances, settings), weights, `w ${about}`);
  }
});

test("ids of any shape, in pieces and without background, are carved and measured as in segbook", () => {
  for (const { ids, carved, d1, d2 } of vectors.noise) {
    assert.deepEqual(border.carveTouching(ids).flat(), carved);
    const [nearest, second] = border.borderDistances(ids);
    same(nearest, d1, "d1");
    same(second, d2, "d2");
  }
});

test("the two nearest cells of a pixel are those whose distances the maps hold", () => {
  for (const { ids, d1, d2 } of vectors.noise) {
    const rims = border.rimsOf(ids);
    ids.forEach((line, row) =>
      line.forEach((_, column) => {
        const found = border.nearestTwo(ids, rims, row, column),
          i = row * line.length + column;
        near(found[0]?.distance ?? Infinity, d1[i], "d1");
        near(found[1]?.distance ?? Infinity, d2[i], "d2");
        for (const one of found) {
          assert.equal(ids[one.row][one.column], one.id);
          near(Math.hypot(one.row - row, one.column - column), one.distance, "distance");
        }
      }),
    );
  }
});

test("the largest border term after a carve is w_0 exp(−2/σ²)", () => {
  near(border.borderTerm(1, 1, 10, 5), 10 * Math.exp(-2 / 25), "term");
  assert.equal(border.borderTerm(3, Infinity, 10, 5), 0);
  assert.equal(
    border.largestOf([
      [1, 7],
      [3, 2],
    ]),
    7,
  );
});
