// Run by test_threshold.py, which writes VECTORS with segbook.objects and segbook.metrics.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { unletter } from "../../segbook/widgets/static/compare.mjs";
import * as reading from "../../segbook/widgets/static/reading.mjs";

const { random, stored } = JSON.parse(readFileSync(process.env.VECTORS));
const same = (actual, expected, about) =>
  assert.ok(
    expected === null ? Number.isNaN(actual) : Math.abs(actual - expected) < 1e-9,
    `${about}: ${actual} is not ${expected}`,
  );

function agrees(levels, ids, expected, about) {
  const read = reading.readCells(levels, expected.threshold, expected.reading, ids);
  const place = `${about}, ${expected.reading} above ${expected.threshold}`;
  assert.equal(new Set(read.objects.flat().filter(Boolean)).size, expected.objects, `objects of ${place}`);
  assert.equal(new Set(read.found).size, expected.found, `found in ${place}`);
  assert.equal(read.merged.flat().length, expected.merged, `merged in ${place}`);
  assert.equal(read.split.length, expected.split, `split in ${place}`);
  same(read.iou, expected.iou, `IoU of ${place}`);
  same(read.ap, expected.ap, `AP of ${place}`);
}

test("cells of random maps are read and scored as in Python", () => {
  random.forEach(({ levels, ids, scores }, number) => {
    for (const expected of scores) agrees(levels, ids, expected, `map ${number}`);
  });
});

test("all that the figure stores is unpacked, read and scored as in Python, and so are its curves", () => {
  const { maps, thresholds, answers } = stored;
  assert.deepEqual(reading.THRESHOLDS, thresholds);
  for (const { scene, network, levels, ids, scores } of answers) {
    assert.deepEqual(unletter(maps.ids[scene], maps.size), ids);
    assert.deepEqual(unletter(maps.answers[scene][network], maps.size), levels);
    const about = `${maps.scenes[scene]}, ${maps.networks[network]}`;
    for (const expected of scores) agrees(levels, ids, expected, about);
    for (const way of ["components", "watershed"]) {
      const curve = reading.curveOf(levels, way, ids);
      assert.deepEqual(
        curve.map(({ threshold }) => threshold),
        thresholds,
      );
      for (const wanted of scores.filter((one) => one.reading === way)) {
        const one = curve.find(({ threshold }) => threshold === wanted.threshold);
        same(one.iou, wanted.iou, `IoU on the curve of ${about}`);
        same(one.ap, wanted.ap, `AP on the curve of ${about}`);
      }
      const best = reading.bestOf(curve);
      assert.equal(best.ap, Math.max(...curve.map(({ ap }) => ap)));
      assert.equal(best.iou, Math.max(...curve.filter(({ ap }) => ap === best.ap).map(({ iou }) => iou)));
    }
  }
});

test("a threshold is one of those that the levels tell apart", () => {
  assert.deepEqual([0, 0.5, 0.505, 0.515, 2].map(reading.nearestThreshold), [0.02, 0.5, 0.5, 0.52, 0.98]);
  assert.deepEqual(reading.above([[24, 25, 26]], 0.5), [[0, 1, 1]]);
});
