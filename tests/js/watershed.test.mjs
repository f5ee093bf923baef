// Run by test_threshold.py, which writes VECTORS with segbook.objects.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { partByDistance } from "../../segbook/widgets/static/watershed.mjs";

const { masks } = JSON.parse(readFileSync(process.env.VECTORS));

test("every pixel of a random mask gets the id that segbook gives it", () => {
  masks.forEach(({ mask, apart, ids }, number) => {
    assert.deepEqual(partByDistance(mask, apart), ids, `mask ${number}, apart ${apart}`);
  });
});

test("two discs that touch are cut where they meet, and seeds keep 5 pixels apart unless told otherwise", () => {
  const discs = Array.from({ length: 19 }, (_, y) =>
    Array.from({ length: 37 }, (_, x) => ([10, 26].some((middle) => (x - middle) ** 2 + (y - 9) ** 2 < 81) ? 1 : 0)),
  );
  const ids = partByDistance(discs);
  assert.deepEqual(ids, partByDistance(discs, 5));
  assert.deepEqual([ids[9][10], ids[9][26]], [1, 2]);
  assert.deepEqual(
    ids.map((row) => row.map((id) => (id ? 1 : 0))),
    discs,
  );
});
