// Run by test_words.py, which writes numbers as Python does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fixed } from "../../segbook/widgets/static/page.mjs";

const { numbers } = JSON.parse(readFileSync(process.env.VECTORS));

test("numbers are rounded and written as in Python", () => {
  for (const [value, digits, written] of numbers) assert.equal(fixed(value, digits), written, `${value} to ${digits}`);
});
