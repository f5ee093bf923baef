// Run by test_compare.py, which writes VECTORS with segbook.metrics.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as compare from "../../segbook/widgets/static/compare.mjs";
import { semanticRegions } from "../../segbook/widgets/static/scene.mjs";

const { maps, stored, scores } = JSON.parse(readFileSync(process.env.VECTORS));
const same = (actual, expected, about) =>
  assert.ok(
    expected === null ? Number.isNaN(actual) : Math.abs(actual - expected) < 1e-9,
    `${about}: ${actual} is not ${expected}`,
  );

function judge(preds, ids, expected, about) {
  const labels = ids.map((row) => row.map((id) => (id ? 1 : 0))),
    regions = semanticRegions(preds);
  same(compare.countFates(compare.fates(preds, ids)).iou, expected.iou, `IoU ${about}`);
  const boundary = compare.boundaryScore(preds, labels);
  same(boundary.f, expected.boundary, `boundary F ${about}`);
  same(compare.averagePrecision(regions, ids), expected.ap, `AP ${about}`);
  const groups = compare.mergedGroups(regions, ids);
  assert.equal(groups.flat().length, expected.merged, `merged ${about}`);
  assert.equal(new Set(groups.flat()).size, expected.merged, `no cell twice ${about}`);
  assert.equal(compare.splitCells(regions, ids).length, expected.split, `split ${about}`);
}

test("every score of random maps is that of segbook.metrics", () => {
  maps.forEach(({ preds, ids, ...expected }, number) => judge(preds, ids, expected, `map ${number}`));
});

test("the figure's maps are unpacked and scored as in Python", () => {
  for (const { scene, model, preds, ids, ...expected } of scores) {
    const truth = compare.unrun(stored.ids[scene], stored.size),
      packed = compare.unrun(stored.answers[scene], stored.size);
    assert.deepEqual(truth, ids);
    assert.deepEqual(compare.answerOf(packed, model), preds);
    judge(preds, truth, expected, `${stored.models[model]}, ${stored.scenes[scene]}`);
  }
});

test("merged cells are listed by region, split cells by id", () => {
  const ids = [[1, 1, 2, 2, 0, 3, 3, 3, 3, 3, 0, 4]];
  const regions = [[7, 7, 7, 7, 0, 8, 8, 0, 9, 9, 0, 0]];
  assert.deepEqual(compare.mergedGroups(regions, ids), [[1, 2]]);
  assert.deepEqual(compare.splitCells(regions, ids), [3]);
  assert.deepEqual(compare.fates([[1, 0, 1, 0]], [[2, 2, 0, 0]]), [[1, 2, 3, 0]]);
});

test("the lines between merged cells are the shortest that join them", () => {
  assert.deepEqual(
    compare.shortestTree([
      [0, 0],
      [9, 0],
      [1, 0],
      [5, 0],
    ]),
    [
      [0, 2],
      [2, 3],
      [3, 1],
    ],
  );
  assert.deepEqual(compare.shortestTree([[4, 4]]), []);
});
