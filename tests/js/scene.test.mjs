// Run by test_scene.py, which writes VECTORS with Python.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as scene from "../../segbook/widgets/static/scene.mjs";

const { scenes } = JSON.parse(readFileSync(process.env.VECTORS));
const about = ({ objects }) => JSON.stringify(objects);
const each = (check) => () => scenes.forEach((vector) => check(vector, about(vector)));
const lines = (path) =>
  [...path.matchAll(/M(\d+) (\d+)([hv])(\d+)/g)].map(([, x, y, way, size]) => [
    Number(x),
    Number(y),
    way,
    Number(size),
  ]);

test(
  "the truth is drawn alike, later objects over earlier ones",
  each((vector, which) =>
    assert.deepEqual(scene.rasterise(vector.objects, vector.width, vector.height), vector.instances, which),
  ),
);

test(
  "the semantic map, and the label of the image",
  each((vector, which) => {
    const labels = scene.semanticLabels(vector.instances, scene.classTable(vector.objects));
    assert.deepEqual(labels, vector.labels, which);
    assert.equal(scene.imageLabel(labels, 3), vector.label, which);
  }),
);

test("of two classes of one size the first gives the label", () =>
  assert.equal(
    scene.imageLabel(
      [
        [3, 0, 2],
        [2, 0, 3],
      ],
      3,
    ),
    2,
  ));

test(
  "boxes have exclusive far edges and come in the order of ids",
  each((vector, which) => assert.deepEqual(scene.boundingBoxes(vector.instances), vector.boxes, which)),
);

test(
  "regions connect through edges, and are numbered as in Python",
  each((vector, which) => assert.deepEqual(scene.semanticRegions(vector.labels), vector.regions, which)),
);

test(
  "objects, regions, lost and cut",
  each((vector, which) => {
    const counts = scene.countObjects(vector.instances, vector.regions);
    assert.deepEqual(counts, vector.counts, which);
    assert.equal(counts.objects - counts.lost + counts.cut, counts.regions, which);
  }),
);

test(
  "each region names the objects that it holds",
  each((vector, which) => {
    for (const [region, ids] of scene.idsOfRegions(vector.instances, vector.regions)) {
      const expected = new Set();
      vector.regions.forEach((row, y) =>
        row.forEach((value, x) => value === region && expected.add(vector.instances[y][x])),
      );
      assert.deepEqual(
        ids,
        [...expected].sort((a, b) => a - b),
        which,
      );
    }
  }),
);

test(
  "a name lies on what it names, as near to its middle as can be",
  each((vector, which) => {
    for (const id of scene.idsOf(vector.regions)) {
      const [x, y] = scene.anchor(vector.regions, id);
      assert.equal(vector.regions[y][x], id, which);
      const pixels = vector.regions.flatMap((row, b) => row.flatMap((value, a) => (value === id ? [[a, b]] : [])));
      const middle = [0, 1].map((axis) => pixels.reduce((sum, pixel) => sum + pixel[axis], 0) / pixels.length);
      const away = ([a, b]) => Math.hypot(a - middle[0], b - middle[1]);
      assert.ok(
        pixels.every((pixel) => away(pixel) >= away([x, y]) - 1e-9),
        which,
      );
    }
  }),
);

test(
  "the path of an id covers its pixels once, and nothing else",
  each((vector, which) => {
    for (const id of scene.idsOf(vector.instances)) {
      const covered = lines(scene.pixelPath(vector.instances, (value) => value === id)).flatMap(([x, y, , size]) =>
        Array.from({ length: size }, (_, i) => `${x + i} ${y}`),
      );
      const pixels = vector.instances.flatMap((row, y) =>
        row.flatMap((value, x) => (value === id ? [`${x} ${y}`] : [])),
      );
      // deepEqual would explain for minutes
      assert.ok(covered.sort().join() === pixels.sort().join(), `${id} of ${which}`);
    }
  }),
);

test(
  "the outline of an id runs along all of its edges",
  each((vector, which) => {
    for (const [id, edges] of Object.entries(vector.edges)) {
      const outline = lines(scene.outlinePath(vector.instances, Number(id)));
      assert.equal(outline.length, edges, which);
      for (const [x, y, way] of outline) {
        const before = way === "h" ? vector.instances[y - 1]?.[x] : vector.instances[y]?.[x - 1];
        assert.equal((vector.instances[y]?.[x] === Number(id)) + (before === Number(id)), 1, which);
      }
    }
  }),
);
