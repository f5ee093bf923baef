// Sizes through an encoder–decoder, one axis: pure functions, no page in sight.
// Held equal to segbook.shapes and to the Python side of SizeLedger on its whole grid (tests/js).
import { convOutputSize, convTransposeOutputSize, restoringOutputPadding } from "./geometry.mjs";

const CONVOLUTIONS = 2;                        // 3×3, at every level and in the bottleneck

// One row for every layer: { name, input, output }, and of a pooling its remainder: how many places no window reaches.
// `pooling` is { kernelSize, stride, padding }; its transpose goes up. `padded`: convolutions keep the size.
// `mend`: each transpose gets as output padding what the pooling of its level left over.
// Stops at the first row whose output is below 1: that layer does not fit.
export function sizeLedger(inputSize, { depth, pooling, padded = true, mend = false }) {
  const rows = [], remainders = [];
  let size = inputSize, fits = true;
  const add = (name, output, more = {}) => {
    if (!fits) return;
    rows.push({ name, input: size, output, ...more });
    size = output;
    fits = output >= 1;
  };
  const convolve = (name) => {
    for (let i = 0; i < CONVOLUTIONS; i++) add(name, convOutputSize(size, { kernelSize: 3, padding: padded ? 1 : 0 }));
  };
  for (let level = 1; level <= depth; level++) {
    convolve(`encoder ${level}`);
    const remainder = restoringOutputPadding(size, pooling);
    add(`pool ${level}`, convOutputSize(size, pooling), { remainder });
    remainders.push(remainder);
  }
  convolve(`bottleneck ${depth + 1}`);
  for (let level = depth; level >= 1; level--) {
    add(`up ${level}`, convTransposeOutputSize(size, { ...pooling, outputPadding: mend ? remainders[level - 1] : 0 }));
    convolve(`decoder ${level}`);
  }
  return rows;
}

export const ledgerFits = (rows) => rows.at(-1).output >= 1;

// Legal: every layer fits and no pooling leaves a remainder.
export const isLegalSize = (inputSize, settings) => {
  const rows = sizeLedger(inputSize, settings);
  return ledgerFits(rows) && rows.every(({ remainder = 0 }) => remainder === 0);
};

export function legalSizes(limit, settings) {
  const sizes = [];
  for (let size = 1; size <= limit; size++) if (isLegalSize(size, settings)) sizes.push(size);
  return sizes;
}
