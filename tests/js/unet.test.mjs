// Run by test_unet.py, which writes VECTORS with Python and torch.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as unet from "../../segbook/widgets/static/unet.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));

test("legal sizes and the nearest of them", () => {
  for (const { depth, padding, sizes, limit } of vectors.legal) {
    const found = Array.from({ length: limit + 1 }, (_, n) => n).filter((n) =>
      unet.isLegalInputSize(n, { depth, padding }),
    );
    assert.deepEqual(found, sizes, `depth ${depth}, padding ${padding}`);
    for (let n = 1; n <= limit - 2 ** depth; n++) {
      const near = unet.nearestLegalInputSize(n, { depth, padding });
      assert.ok(sizes.includes(near));
      assert.equal(Math.abs(near - n), Math.min(...sizes.map((size) => Math.abs(size - n))), `nearest to ${n}`);
    }
  }
});

test("every row of the ledger", () => {
  for (const { inputSize, rows, ...shape } of vectors.ledgers) {
    const ours = unet
      .unetLedger(inputSize, shape)
      .map((row) => [
        row.name,
        row.inputSize,
        row.outputSize,
        row.inChannels,
        row.outChannels,
        row.parameters,
        row.multiplyAdds,
      ]);
    assert.deepEqual(ours, rows, JSON.stringify({ inputSize, ...shape }));
  }
});

test("a pooling says what it drops of an illegal size", () => {
  const dropped = (size, padding) =>
    unet
      .unetLedger(size, { depth: 4, width: 1, padding })
      .filter((row) => row.kind === "pool")
      .map((row) => row.dropped);
  assert.deepEqual(dropped(572, 0), [0, 0, 0, 0]);
  assert.deepEqual(dropped(100, 1), [0, 0, 1, 0]);
});

test("what an output pixel reads, from every map on the longest way", () => {
  for (const { depth, padding, output, windows } of vectors.windows) {
    const layers = unet.unetLayers(depth, padding);
    windows.forEach((window, skipped) =>
      assert.deepEqual(
        unet.inputWindow(layers.slice(skipped), output),
        window,
        `${depth} ${padding} ${output} ${skipped}`,
      ),
    );
  }
});

test("receptive fields by phase", () => {
  for (const { depth, padding, fields } of vectors.fields)
    assert.deepEqual(unet.receptiveFields(depth, padding), fields);
});

test("the drawing: one scale, levels below each other, skips on the right, nothing outside", () => {
  for (const { inputSize, rows, ...shape } of vectors.ledgers) {
    for (const width of [300, 340, 660, 900]) {
      const ledger = unet.unetLedger(inputSize, shape);
      const { maps, unit, height } = unet.layoutOfU(ledger, { depth: shape.depth, width, height: 470, gap: 34 });
      assert.equal(maps.length, ledger.length + 1);
      assert.ok(Math.abs(height - 470) < 1e-6, `height ${height}`);
      const names = unet.blockNames(shape.depth);
      assert.equal(new Set(maps.map((map) => map.block)).size, names.length);
      for (const map of maps) {
        assert.ok(names.includes(map.block), map.block);
        assert.ok(Math.abs(map.height - Math.max(map.size * unit, 1)) < 1e-9);
        assert.ok(
          map.x >= 0 && map.x + map.width <= width + 1e-9 && map.y >= 0 && map.y + map.height <= height + 1e-9,
          `${map.name} at ${width}`,
        );
      }
      for (const map of maps) {
        const same = maps.filter((other) => other !== map && other.row === map.row);
        for (const other of same)
          assert.ok(
            map.x + map.width <= other.x + 1e-9 || other.x + other.width <= map.x + 1e-9,
            `${map.name} over ${other.name} at ${width}`,
          );
      }
    }
  }
});
