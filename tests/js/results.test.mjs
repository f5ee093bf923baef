// Run by test_results.py, which writes VECTORS with segbook.widgets.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { unletter } from "../../segbook/widgets/static/compare.mjs";
import { readCells } from "../../segbook/widgets/static/reading.mjs";
import { storedAp } from "../../segbook/widgets/static/results_browser.mjs";
import { idsOf } from "../../segbook/widgets/static/scene.mjs";
import { lossAt } from "../../segbook/widgets/static/training_film.mjs";

const { maps, answers, film, frames } = JSON.parse(readFileSync(process.env.VECTORS));

test("stored results are read and scored as in Python, and the stored curves say the same", () => {
  for (const one of answers) {
    const scene = maps.scenes.indexOf(one.scene),
      method = maps.methods.indexOf(one.method);
    const ids = unletter(maps.ids[scene], maps.size),
      levels = unletter(maps.answers[scene][method], maps.size);
    const read = readCells(levels, one.threshold, one.reading, ids);
    const about = `${one.scene}, ${one.method}, ${one.reading} above ${one.threshold}`;
    assert.equal(idsOf(ids).length, one.cells, about);
    assert.equal(idsOf(read.objects).length, one.objects, about);
    assert.equal(read.found.length, one.found, about);
    assert.equal(read.merged.flat().length, one.merged, about);
    assert.equal(read.split.length, one.split, about);
    assert.ok(Math.abs(read.ap - one.AP) < 1e-9, about);
    assert.ok(Math.abs(storedAp(maps, scene, method, one.reading, one.threshold) - one.AP) <= 0.0005 + 1e-9, about);
  }
});

test("every frame of the film is read, scored and averaged as in Python", () => {
  const ids = unletter(film.ids, film.size);
  frames.forEach((one, i) => {
    const read = readCells(unletter(film.frames[i], film.size), 0.5, "components", ids);
    assert.equal(read.found.length, one.found);
    assert.equal(idsOf(read.objects).length, one.objects);
    assert.ok(Math.abs(film.ap[i] / 1000 - one.AP) <= 0.0005 + 1e-9);
    const loss = lossAt(film.loss, one.step);
    assert.ok(one.loss === null ? Number.isNaN(loss) : Math.abs(loss - one.loss) < 1e-9);
  });
});
