// Run by test_ledger.py, which writes VECTORS with Python.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isLegalSize, ledgerFits, legalSizes, sizeLedger } from "../../segbook/widgets/static/ledger.mjs";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));

test("the ledger of every setting of the figure, row by row", () => {
  for (const { settings, ledgers, names } of vectors.grid) {
    ledgers.forEach((expected, i) => {
      const rows = sizeLedger(i + 1, settings),
        about = `${i + 1} ${JSON.stringify(settings)}`;
      if (expected === null) {
        assert.ok(!ledgerFits(rows), about);
        assert.ok(!isLegalSize(i + 1, settings), about);
        return;
      }
      const [sizes, remainders] = expected;
      assert.deepEqual(
        rows.map(({ name }) => name),
        names,
        about,
      );
      assert.deepEqual([rows[0].input, ...rows.map(({ output }) => output)], sizes, about);
      rows.slice(1).forEach(({ input }, j) => assert.equal(input, rows[j].output, about));
      assert.deepEqual(
        rows.filter(({ name }) => name.startsWith("pool")).map(({ remainder }) => remainder),
        remainders,
        about,
      );
    });
  }
});

test("the legal sizes of every setting", () => {
  for (const { settings, legal } of vectors.grid)
    assert.deepEqual(legalSizes(256, settings), legal, JSON.stringify(settings));
});

test("the U-Net's own ledger and legal sizes", () => {
  const pooling = { kernelSize: 2, stride: 2, padding: 0 };
  for (const { depth, padded, sizes, legal, ledgers } of vectors.unet) {
    assert.deepEqual(legalSizes(256, { depth, padded, pooling }), legal);
    sizes.forEach((size, i) =>
      assert.deepEqual(
        sizeLedger(size, { depth, padded, pooling }).map(({ name, input, output }) => [name, input, output]),
        ledgers[i],
      ),
    );
  }
});
